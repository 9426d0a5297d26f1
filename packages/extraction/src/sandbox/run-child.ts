import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ExtractionError } from '../errors.ts'
import type { Limits } from '../types.ts'
import { errorOf } from './outcome.ts'
import { createLineReader } from './line-reader.ts'
import { childRecord, type ChildRecord, type ChildRequest } from './records.ts'
import { behindWalls, sandboxWalls } from './walls.ts'
import { watch } from './watchdog.ts'

export type RunChildInput = {
  request: ChildRequest
  /** An existing folder; the child gets an own empty one in it, which is removed with everything in it but the attachments. */
  workDir: string
  limits: Limits
  signal: AbortSignal
  /** What `limits.wallMs` counts: the whole run (default), or the time since the child last said something. */
  clock?: 'whole-run' | 'since-last-record'
  /** Called in order. Throwing ends the child; an `attachment` record's `file` is by then a path in `workDir`. */
  onRecord: (record: ChildRecord) => void
  /** Another program to run; tests put hostile ones here. */
  entry?: string
}
export type ChildOutcome = { done: Extract<ChildRecord, { type: 'done' }>; peakRssBytes: number; cpuSeconds: number }

const defaultEntry = fileURLToPath(new URL('../child/main.ts', import.meta.url))
const watchEveryMs = 100
const maxStderr = 16_384

/**
 * Runs one request in a child of its own: empty folder, no inherited environment, no network, limits, killed with all it started.
 *
 * @throws ExtractionError what the child said, or the limit it crossed; `cancelled` on abort
 */
export async function runChild(input: RunChildInput): Promise<ChildOutcome> {
  if (input.signal.aborted) throw new ExtractionError('cancelled', 'cancelled before the start', { cause: input.signal.reason })
  const scratch = await mkdtemp(join(resolve(input.workDir), 'sandbox-'))
  const attachments: string[] = []
  try {
    const outcome = await converse(input, scratch, (record) => {
      if (record.type !== 'attachment') return input.onRecord(record)
      attachments.push(record.file)
      input.onRecord({ ...record, file: join(dirname(scratch), `${basename(scratch)}-${record.file}`) })
    })
    for (const file of attachments) await rename(join(scratch, file), join(dirname(scratch), `${basename(scratch)}-${file}`))
    return outcome
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function start(input: RunChildInput, scratch: string): Promise<ChildProcess> {
  const walls = await sandboxWalls()
  const heapMb = Math.max(64, Math.floor((input.limits.memoryBytes / 1024 ** 2) * 0.75))
  const node = [process.execPath, `--max-old-space-size=${heapMb}`, '--disable-warning=ExperimentalWarning', input.entry ?? defaultEntry]
  const [file, ...args] = behindWalls(walls, node, input.limits, { addressSpace: false })
  return spawn(file, args, {
    cwd: scratch, detached: true, stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: scratch, TMPDIR: scratch, LANG: 'C.UTF-8', OMP_THREAD_LIMIT: '1', UV_THREADPOOL_SIZE: '2' },
  })
}

async function converse(input: RunChildInput, scratch: string, onRecord: (record: ChildRecord) => void): Promise<ChildOutcome> {
  const child = await start(input, scratch)
  const { promise, resolve, reject } = Promise.withResolvers<ChildOutcome>()
  const seen = { mime: null as string | null, stderr: '', peakRssBytes: 0, cpuSeconds: 0, done: null as ChildOutcome['done'] | null, failure: null as ExtractionError | null }

  const killGroup = () => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  /** The first failure is the cause; what follows from the killing is not. */
  const stop = (failure: ExtractionError) => {
    seen.failure ??= failure
    killGroup()
  }
  const accept = (line: string) => {
    if (seen.failure !== null) return
    const parsed = childRecord.safeParse(JSON.parse(line))
    if (!parsed.success) return stop(new ExtractionError('internal', 'the child said something that is no record', { mime: seen.mime }))
    const record = parsed.data
    if (record.type === 'identified') seen.mime = record.mime
    if (record.type === 'failed') return stop(new ExtractionError(record.reason, record.message, { mime: record.mime ?? seen.mime }))
    if (record.type === 'done') seen.done = record
    onRecord(record)
  }

  const timer = createClock(input, () => stop(new ExtractionError('time_limit', `no end within ${input.limits.wallMs} ms`, { mime: seen.mime })))
  const onAbort = () => stop(new ExtractionError('cancelled', 'cancelled while reading', { mime: seen.mime, cause: input.signal.reason }))
  input.signal.addEventListener('abort', onAbort, { once: true })
  const stopWatching = child.pid === undefined ? () => {} : watch(child.pid, watchEveryMs, (usage) => {
    seen.peakRssBytes = Math.max(seen.peakRssBytes, usage.rssBytes)
    seen.cpuSeconds = usage.cpuSeconds
    if (usage.rssBytes > input.limits.memoryBytes) stop(new ExtractionError('memory_limit', `${usage.rssBytes} bytes resident`, { mime: seen.mime }))
    if (usage.processes > input.limits.processes) stop(new ExtractionError('internal', `${usage.processes} processes at once`, { mime: seen.mime }))
  })

  const lines = createLineReader(input.limits.outputBytes, (line) => {
    timer.touch()
    try {
      accept(line)
    } catch (error) {
      stop(error instanceof ExtractionError ? error : new ExtractionError('internal', 'the child\'s words could not be taken', { mime: seen.mime, cause: error }))
    }
  }, () => stop(new ExtractionError('output_limit', `more than ${input.limits.outputBytes} bytes`, { mime: seen.mime })))
  const output = child.stdio[3]
  if (output !== null && output !== undefined) output.on('data', lines)
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (seen.stderr.length < maxStderr) seen.stderr += text.slice(0, maxStderr)
  })
  child.on('error', (error) => stop(new ExtractionError('internal', 'the child could not be started', { cause: error })))
  child.on('close', (exitCode, exitSignal) => {
    timer.stop()
    stopWatching()
    input.signal.removeEventListener('abort', onAbort)
    // What the child started may outlive it.
    killGroup()
    if (seen.failure !== null) return reject(seen.failure)
    if (seen.done !== null && exitCode === 0) return resolve({ done: seen.done, peakRssBytes: seen.peakRssBytes, cpuSeconds: seen.cpuSeconds })
    reject(errorOf({ exitCode, exitSignal, stderr: seen.stderr, cpuSeconds: seen.cpuSeconds, cpuLimit: input.limits.cpuSeconds }, seen.mime))
  })
  // The child may be gone before it read its request; its ending tells why. Left open: its end is the child's sign that we are gone.
  child.stdin?.on('error', () => {})
  child.stdin?.write(`${JSON.stringify(input.request)}\n`)
  return promise
}

function createClock(input: RunChildInput, onLate: () => void): { touch(): void; stop(): void } {
  const timer = setTimeout(onLate, input.limits.wallMs)
  return {
    touch: () => {
      if (input.clock === 'since-last-record') timer.refresh()
    },
    stop: () => clearTimeout(timer),
  }
}
