import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

type Holder = { readonly host: string; readonly pid: number; readonly started: string; readonly token: string }

/** A holder on another host (another container with the same volume) is believed to live while it refreshed its lock this recently. */
const FOREIGN_STALE_MS = 60_000
const REFRESH_MS = 15_000

export class FolderLockedError extends Error {
  constructor(folder: string, holder: Holder | undefined) {
    super(`the data folder ${folder} is in use by ${holder ? `process ${holder.pid} on ${holder.host}` : 'another process'}`)
    this.name = 'FolderLockedError'
  }
}

export type FolderLock = { release(): Promise<void> }

/** When the process began, so that a reused process id is not taken for the old holder. Empty where the system does not say. */
async function startOf(pid: number): Promise<string> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'latin1')
    // Field 22, counted after the parenthesised name, which may hold spaces.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return ''
  }
}

const codeOf = (error: unknown): string | undefined => (error instanceof Error && 'code' in error ? String(error.code) : undefined)

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8')
  const [host, pid, started, token] = text.split('\n')
  return host && token ? { host, pid: Number(pid), started: started ?? '', token } : undefined
}

async function isAlive(path: string, holder: Holder | undefined): Promise<boolean> {
  if (!holder || holder.host !== hostname()) return Date.now() - (await stat(path)).mtimeMs < FOREIGN_STALE_MS
  return runs(holder.pid) && await startOf(holder.pid) === holder.started
}

/** Takes a lock away whose holder is gone. Two who find it at once: the one whose rename comes late moved a fresh lock and puts it back. */
async function takeAway(path: string, stale: Holder | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  await rename(path, aside)
  const moved = await readHolder(aside)
  if (moved?.token !== stale?.token) await link(aside, path)
  await rm(aside)
}

/**
 * Locks a folder against a second process: two PGlites on one folder diverge in silence. A holder that was killed is noticed at once.
 * @throws FolderLockedError while another process holds it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'intellidocs.lock')
  const token = randomUUID()
  const mine = `${path}.${token}`
  await writeFile(mine, [hostname(), process.pid, await startOf(process.pid), token].join('\n'), { mode: 0o600 })
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        await link(mine, path)
        break
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
        await clearStale(path, folder, attempt)
      }
    }
  } finally {
    await rm(mine, { force: true })
  }
  const refresh = setInterval(() => { utimes(path, new Date(), new Date()).catch(() => { clearInterval(refresh) }) }, REFRESH_MS).unref()
  return {
    async release() {
      clearInterval(refresh)
      if ((await readHolder(path).catch(ignoreMissing))?.token === token) await rm(path)
    },
  }
}

async function clearStale(path: string, folder: string, attempt: number): Promise<void> {
  try {
    const holder = await readHolder(path)
    if (attempt >= 5 || await isAlive(path, holder)) throw new FolderLockedError(folder, holder)
    await takeAway(path, holder)
  } catch (error) {
    ignoreMissing(error)
  }
}

/** The file went away between two looks: somebody else released it, and the next attempt decides. */
function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
  return undefined
}
