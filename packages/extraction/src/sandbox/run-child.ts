import { mkdtemp, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ExtractionError } from '../errors.ts'
import type { Limits } from '../types.ts'
import { startChild } from './child-process.ts'
import type { OtherProgram } from './node-command.ts'
import { errorOf } from './outcome.ts'
import { childRecord, type ChildRecord, type ChildRequest } from './records.ts'
import { watch, type Usage } from './watchdog.ts'

export type RunChildInput = {
  request: ChildRequest
  /** An existing folder; the child gets an own empty one in it, which is removed with everything in it but the attachments. */
  workDir: string
  limits: Limits
  signal: AbortSignal
  /** What `limits.wallMs` counts: the whole run (default), or the time since the child last said something. */
  clock?: 'whole-run' | 'since-last-record'
  /** Called in order. Throwing ends the child; an `attachment` record's `file` is a path in `workDir`, filled once the run has ended well. */
  onRecord: (record: ChildRecord) => void
  other?: OtherProgram
}
type Done = Extract<ChildRecord, { type: 'done' }>
export type ChildOutcome = { done: Done; peakRssBytes: number; cpuSeconds: number }

const watchEveryMs = 100

/**
 * Runs one request in a child of its own: empty folder, no inherited environment, no network, limits, killed with all it started.
 *
 * @throws ExtractionError what the child said, or the limit it crossed; `cancelled` on abort
 */
export async function runChild(input: RunChildInput): Promise<ChildOutcome> {
  if (input.signal.aborted) throw new ExtractionError('cancelled', 'cancelled before the start', { cause: input.signal.reason })
  const scratch = await mkdtemp(join(await realpath(input.workDir), 'sandbox-'))
  const kept = (file: string) => join(dirname(scratch), `${basename(scratch)}-${file}`)
  const attachments: string[] = []
  try {
    const outcome = await converse(input, scratch, (record) => {
      if (record.type !== 'attachment') return input.onRecord(record)
      attachments.push(record.file)
      input.onRecord({ ...record, file: kept(record.file) })
    })
    for (const file of attachments) await rename(join(scratch, file), kept(file))
    return outcome
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** What is known of a running child. The first failure is the cause; what follows from the killing is not. */
class Conversation {
  mime: string | null = null
  done: Done | null = null
  failure: ExtractionError | null = null
  peakRssBytes = 0
  cpuSeconds = 0
  readonly #limits: Limits
  readonly #onRecord: (record: ChildRecord) => void

  constructor(limits: Limits, onRecord: (record: ChildRecord) => void) {
    this.#limits = limits
    this.#onRecord = onRecord
  }

  fail(error: ExtractionError): void {
    this.failure ??= error
  }

  /** Takes one line; a child is not trusted, so anything unexpected is a failure. */
  accept(line: string): void {
    if (this.failure !== null) return
    try {
      const record = childRecord.parse(JSON.parse(line))
      if (record.type === 'identified') this.mime = record.mime
      if (record.type === 'done') this.done = record
      if (record.type === 'failed') this.fail(new ExtractionError(record.reason, record.message, { mime: record.mime ?? this.mime }))
      else this.#onRecord(record)
    } catch (error) {
      this.fail(
        error instanceof ExtractionError
          ? error
          : new ExtractionError('internal', 'the words of the child could not be taken', { mime: this.mime, cause: error }),
      )
    }
  }

  look(usage: Usage): void {
    this.peakRssBytes = Math.max(this.peakRssBytes, usage.rssBytes)
    this.cpuSeconds = usage.cpuSeconds
    if (usage.rssBytes > this.#limits.memoryBytes)
      this.fail(new ExtractionError('memory_limit', `${usage.rssBytes} bytes resident`, { mime: this.mime }))
    if (usage.processes > this.#limits.processes)
      this.fail(new ExtractionError('internal', `${usage.processes} processes at once`, { mime: this.mime }))
  }
}

async function converse(input: RunChildInput, scratch: string, onRecord: (record: ChildRecord) => void): Promise<ChildOutcome> {
  const { limits, signal } = input
  const talk = new Conversation(limits, onRecord)
  const killWhenFailed = () => {
    if (talk.failure !== null) child.kill()
  }
  const fail = (reason: 'time_limit' | 'cancelled' | 'output_limit' | 'internal', message: string, cause?: unknown) => {
    talk.fail(new ExtractionError(reason, message, { mime: talk.mime, cause }))
    killWhenFailed()
  }
  const child = await startChild({
    request: input.request,
    scratch,
    limits,
    ...(input.other === undefined ? {} : { other: input.other }),
    onLine: (line) => {
      if (input.clock === 'since-last-record') timer.refresh()
      talk.accept(line)
      killWhenFailed()
    },
    onTooMuch: () => fail('output_limit', `more than ${limits.outputBytes} bytes`),
    onError: (error) => fail('internal', 'the child could not be started', error),
  })
  const timer = setTimeout(() => fail('time_limit', `no end within ${limits.wallMs} ms`), limits.wallMs)
  const onAbort = () => fail('cancelled', 'cancelled while reading', signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const stopWatching = watch(child.pid, watchEveryMs, (usage) => {
    talk.look(usage)
    killWhenFailed()
  })
  try {
    const ending = await child.ended
    if (talk.failure !== null) throw talk.failure
    if (talk.done === null || ending.exitCode !== 0) throw errorOf({ ...ending, cpuSeconds: talk.cpuSeconds, cpuLimit: limits.cpuSeconds }, talk.mime)
    return { done: talk.done, peakRssBytes: talk.peakRssBytes, cpuSeconds: talk.cpuSeconds }
  } finally {
    clearTimeout(timer)
    stopWatching()
    signal.removeEventListener('abort', onAbort)
  }
}
