import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Longer than any activity may take. */
const OLD_MS = 60 * 60_000

/** Removes what killed workers left of the files they were reading; another worker's present files stay. */
export async function clearOldTemp(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const facts = await stat(path).catch(() => null) // gone in between: another worker cleared it
    if (facts !== null && Date.now() - facts.mtimeMs > OLD_MS) await rm(path, { recursive: true, force: true })
  }
}
