import { randomUUID } from 'node:crypto'
import { copyFile, link, lstat, mkdir, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ExtractionError } from '../errors.ts'
import type { Limits, Reuse } from '../types.ts'
import { startChild, type Listener, type StartedChild } from './child-process.ts'
import { converse, type ChildOutcome } from './conversation.ts'
import type { OtherProgram } from './node-command.ts'
import { errorOf } from './outcome.ts'
import { readyLine } from './ready-line.ts'
import type { ChildLimits, ChildRecord } from './records.ts'
import { usageOf } from './watchdog.ts'

export type ReaderOptions = { tempDir: string; limits: Limits; reuse: Reuse; other?: OtherProgram }
export type ReadTask = {
  path: string
  fileName: string
  password: string | null
  /** Where attachments are moved once the file was read well. */
  workDir: string
  signal: AbortSignal
  /** Called in order. Throwing ends the reader; an `attachment` record's `file` is a path in `workDir`, filled at the end. */
  onRecord: (record: ChildRecord) => void
}
export type ReaderProcess = {
  readonly pid: number | null
  /** Files it was given. */
  readonly served: () => number
  /** Waits until it can take a file; false when it never will again. */
  fit(): Promise<boolean>
  /** Why it did not even start. */
  startError(): Promise<ExtractionError>
  /** Reads one file. Whatever goes wrong ends the process. Throws ExtractionError. */
  read(task: ReadTask): Promise<ChildOutcome>
  /** Ends it and removes its folder. */
  end(): Promise<void>
}

/** From its last word on a reader tidies up; that takes milliseconds. */
const tidyMs = 10_000
/** A start takes half a second of computing. That it takes long says something about the machine and nothing about the file that waits for it. */
const startMs = 60_000

/**
 * Starts a process that reads file after file, one at a time, behind the walls of every child. It writes only to its folder `work`, and what it
 * reads lies in `in`; both hold one file's things at a time. It goes on only while nothing about it is odd.
 */
export async function startReader({ tempDir, limits, reuse, other }: ReaderOptions): Promise<ReaderProcess> {
  const home = await mkdtemp(join(await realpath(tempDir), 'reader-'))
  const [work, input] = [join(home, 'work'), join(home, 'in')]
  await Promise.all([mkdir(work, { mode: 0o700 }), mkdir(input, { mode: 0o700 })])
  const tidied = createTidying(() => child.kill())
  const child = await startChild({
    kind: 'reader', folder: work, readable: [input], ...(other === undefined ? {} : { other }),
    limits: { ...limits, cpuSeconds: limits.cpuSeconds + reuse.cpuSeconds },
  }, tidied.listener)
  const startedAt = performance.now()
  let served = 0
  let state = tidied.ready(startMs)
  const gone = child.ended.then(() => {
    tidied.stop()
    // What cannot be removed now is removed with the other old things at a worker's start.
    return rm(home, { recursive: true, force: true }).catch(() => undefined)
  })

  async function remains(name: string): Promise<boolean> {
    await Promise.all([rm(join(input, name), { force: true }), rm(join(work, name), { recursive: true, force: true })])
    const left = (await Promise.all([readdir(work), readdir(input)])).flat()
    if (left.length > 0 || !await tidied.ready(tidyMs)) return false
    return !child.complained() && served < reuse.files && isModest(child, reuse)
  }

  return {
    pid: child.pid,
    served: () => served,
    fit: async () => await state && performance.now() - startedAt < reuse.ageMs,
    startError: async () => {
      const error = errorOf({ ...await child.ended, cpuSeconds: 0, cpuLimit: limits.cpuSeconds }, null)
      return new ExtractionError('internal', `a reader did not start: ${error.message}`)
    },
    read: async (task) => {
      served += 1
      state = Promise.resolve(false)
      tidied.begin()
      const name = `sandbox-${randomUUID()}`
      try {
        const outcome = await readOne(child, { task, name, limits, folders: { work, input }, next: tidied.listener })
        // What cannot be tidied up is odd as well.
        state = remains(name).catch(() => false).then((yes) => {
          if (!yes) child.kill()
          return yes
        })
        return outcome
      } catch (error) {
        child.kill()
        await gone
        throw error
      }
    },
    end: async () => {
      child.kill()
      await gone
    },
  }
}

type OneFile = { task: ReadTask; name: string; limits: Limits; folders: { work: string; input: string }; next: Listener }

async function readOne(child: StartedChild, { task, name, limits, folders, next }: OneFile): Promise<ChildOutcome> {
  if (task.signal.aborted) throw new ExtractionError('cancelled', 'cancelled before the start', { cause: task.signal.reason })
  const [path, folder] = [join(folders.input, name), join(folders.work, name)]
  await Promise.all([lend(task.path, path), mkdir(folder, { mode: 0o700 })])
  const moves: { from: string; to: string }[] = []
  const { pages, pixels, unpackedBytes, outputBytes, boxBytes }: ChildLimits = limits
  const outcome = await converse(child, {
    request: { job: 'read', path, folder, fileName: task.fileName, password: task.password, limits: { pages, pixels, unpackedBytes, outputBytes, boxBytes } },
    limits, signal: task.signal, next,
    onRecord: (record) => {
      if (record.type !== 'attachment') return task.onRecord(record)
      const to = join(task.workDir, `${name}-${record.file}`)
      moves.push({ from: join(folder, record.file), to })
      task.onRecord({ ...record, file: to })
    },
  })
  for (const { from, to } of moves) {
    await rename(from, to)
    // Only now: under its old name the reader, which lives on, could put something else in its place.
    if (!(await lstat(to)).isFile()) throw new ExtractionError('internal', 'an attachment is no plain file')
  }
  return outcome
}

/** The same bytes under a name of the reader's; a copy where the two folders are on different file systems. */
async function lend(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    await copyFile(from, to)
  }
}

/** Nothing it started is left, and it is small enough and has computed little enough to read another file within the limits. */
function isModest({ pid }: StartedChild, reuse: Reuse): boolean {
  const usage = pid === null ? null : usageOf(pid)
  return usage === null || (usage.processes === 1 && usage.rssBytes <= reuse.residentBytes && usage.cpuSeconds < reuse.cpuSeconds)
}

type Tidying = {
  readonly listener: Listener
  /** A file begins: the next `ready` is awaited. */
  begin(): void
  /** Waits for it; without it within this time the reader is ended. */
  ready(withinMs: number): Promise<boolean>
  /** No `ready` will come. */
  stop(): void
}

/** Hears a reader while it reads nothing: it may say `ready` once after its start and after each file, and anything else ends it. */
function createTidying(kill: () => void): Tidying {
  let turn = Promise.withResolvers<boolean>()
  let said = false
  const odd = () => {
    turn.resolve(false)
    kill()
  }
  return {
    listener: {
      maxBytes: 1_000,
      onLine: (line) => {
        if (line !== readyLine || said) return odd()
        said = true
        turn.resolve(true)
      },
      onTooMuch: odd,
    },
    begin: () => {
      turn = Promise.withResolvers<boolean>()
      said = false
    },
    ready: async (withinMs) => {
      const timer = setTimeout(odd, withinMs)
      const yes = await turn.promise
      clearTimeout(timer)
      return yes
    },
    stop: () => turn.resolve(false),
  }
}
