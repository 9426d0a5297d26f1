import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export type KeptFile = { path: string; bytes: number }

/** Every file below the data folder whose bytes belong to an upload under way: temporary blobs and resumable uploads. */
export async function temporaryFiles(dataDir: string): Promise<KeptFile[]> {
  return (await Promise.all([join(dataDir, 'blobs', 'tmp'), join(dataDir, 'uploads')].map(filesBelow))).flat()
}

async function filesBelow(dir: string): Promise<KeptFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(absent)
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const facts = await Promise.all(files.map((path) => stat(path).then(({ size }) => [{ path, bytes: size }], absent)))
  return facts.flat()
}

/** Not made yet, or removed between two looks. */
function absent(error: unknown): [] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
  throw error
}
