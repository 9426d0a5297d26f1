import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

type Holder = { readonly host: string; readonly pid: number; readonly started: string }
type Generation = { readonly number: number; readonly path: string }

const NAME = /^intellidocs\.lock\.(\d+)$/
/** A holder on another host (another container with the same volume) is believed to live while it refreshed its lock this recently. */
const FOREIGN_STALE_MS = 60_000
const REFRESH_MS = 15_000

export class FolderLockedError extends Error {
  constructor(folder: string, holder: Holder) {
    super(`the data folder ${folder} is in use by process ${holder.pid} on ${holder.host}`)
    this.name = 'FolderLockedError'
  }
}

export type FolderLock = { release(): Promise<void> }

const codeOf = (error: unknown): string | undefined => (error instanceof Error && 'code' in error ? String(error.code) : undefined)

/** For files that another starter may take away between two looks: the next look decides. */
function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
  return undefined
}

/** When the process began, so that a reused process id is not taken for the old holder. Empty where the system does not say. */
async function startOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1').catch(ignoreMissing)
  // Field 22, counted after the parenthesised name, which may hold spaces.
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

async function newest(folder: string): Promise<Generation | undefined> {
  const numbers = (await readdir(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number)
  if (numbers.length === 0) return undefined
  const number = Math.max(...numbers)
  return { number, path: join(folder, `intellidocs.lock.${number}`) }
}

/** Who holds this generation now; undefined when it was released, its holder is gone, or the file is. */
async function livingHolder(path: string): Promise<Holder | undefined> {
  const [host, pid, started = ''] = (await readFile(path, 'utf8').catch(ignoreMissing) ?? '').split('\n')
  if (!host) return undefined
  const holder = { host, pid: Number(pid), started }
  if (host === hostname()) return runs(holder.pid) && await startOf(holder.pid) === started ? holder : undefined
  const refreshed = await stat(path).catch(ignoreMissing)
  return refreshed && Date.now() - refreshed.mtimeMs < FOREIGN_STALE_MS ? holder : undefined
}

/**
 * Takes the generation after the newest one, if that one is free. Only the creation of a file by `link` decides, so two cannot both win; and
 * since generations only grow and the newest file is never deleted (a release empties it), one who was slow finds itself outnumbered.
 */
async function tryTake(folder: string, mine: string): Promise<string | undefined> {
  const before = await newest(folder)
  const holder = before && await livingHolder(before.path)
  if (holder) throw new FolderLockedError(folder, holder)
  const taken = join(folder, `intellidocs.lock.${(before?.number ?? 0) + 1}`)
  try {
    await link(mine, taken)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return undefined
  }
  if ((await newest(folder))?.path === taken) {
    if (before) await rm(before.path, { force: true })
    return taken
  }
  await rm(taken, { force: true })
  return undefined
}

/**
 * Locks a folder against a second process: two PGlites on one folder diverge in silence. A holder that was killed is noticed at once.
 * @throws FolderLockedError while another process holds it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const mine = join(folder, `intellidocs.lock.${randomUUID()}`)
  await writeFile(mine, [hostname(), process.pid, await startOf(process.pid)].join('\n'), { mode: 0o600 })
  let taken: string | undefined
  try {
    while (taken === undefined) taken = await tryTake(folder, mine)
  } finally {
    await rm(mine, { force: true })
  }
  const path = taken
  const refresh = setInterval(() => { utimes(path, new Date(), new Date()).catch(() => { clearInterval(refresh) }) }, REFRESH_MS).unref()
  return {
    async release() {
      clearInterval(refresh)
      await writeFile(path, '')
    },
  }
}
