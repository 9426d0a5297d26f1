import { ExtractionError } from '../errors.ts'
import type { Limits } from '../types.ts'
import type { Listener, StartedChild } from './child-process.ts'
import { errorOf } from './outcome.ts'
import { childRecord, type ChildRecord, type ChildRequest } from './records.ts'
import { usageOf, watch, type Usage } from './watchdog.ts'

export type Exchange = {
  request: ChildRequest
  limits: Limits
  signal: AbortSignal
  /** What `limits.wallMs` counts: the whole exchange (default), or the time since the child last said something. */
  clock?: 'whole-run' | 'since-last-record'
  /** Hears the child from its word `done` on. Without, the exchange is over only when the child has ended well. */
  next?: Listener
  /** Called in order. Throwing ends the child. */
  onRecord: (record: ChildRecord) => void
}
type Done = Extract<ChildRecord, { type: 'done' }>
/** `cpuSeconds` is what this exchange cost, `peakRssBytes` what the child held. */
export type ChildOutcome = { done: Done; peakRssBytes: number; cpuSeconds: number }

const watchEveryMs = 100
const base64Growth = 4 / 3

/** What is known of a running exchange. The first failure is the cause; what follows from the killing is not. */
class Conversation {
  mime: string | null = null
  done: Done | null = null
  failure: ExtractionError | null = null
  peakRssBytes = 0
  cpuSeconds = 0
  readonly #cpuBefore: number
  readonly #limits: Limits
  readonly #onRecord: (record: ChildRecord) => void

  constructor({ limits, onRecord }: Exchange, cpuBefore: number) {
    this.#limits = limits
    this.#onRecord = onRecord
    this.#cpuBefore = cpuBefore
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
      // What the file is, is more than what a part of it is kept in.
      if (record.type === 'failed') this.fail(new ExtractionError(record.reason, record.message, { mime: this.mime ?? record.mime }))
      else this.#onRecord(record)
    } catch (error) {
      this.fail(
        error instanceof ExtractionError
          ? error
          : new ExtractionError('internal', 'the words of the child could not be taken', { mime: this.mime, cause: error }),
      )
    }
  }

  /** The kernel counts the computing time of a process; what a file may take of it is counted here. */
  look(usage: Usage): void {
    this.peakRssBytes = Math.max(this.peakRssBytes, usage.rssBytes)
    this.cpuSeconds = usage.cpuSeconds - this.#cpuBefore
    const over = (reason: 'memory_limit' | 'cpu_limit' | 'internal', message: string) =>
      this.fail(new ExtractionError(reason, message, { mime: this.mime }))
    if (usage.rssBytes > this.#limits.memoryBytes) over('memory_limit', `${usage.rssBytes} bytes resident`)
    if (this.cpuSeconds > this.#limits.cpuSeconds) over('cpu_limit', `${this.cpuSeconds} s of computing`)
    if (usage.processes > this.#limits.processes) over('internal', `${usage.processes} processes at once`)
  }
}

/**
 * Sends one request to a child and hears it out, within the limits. Any failure ends the child.
 *
 * @throws ExtractionError what the child said, or the limit it crossed; `cancelled` on abort
 */
export async function converse(child: StartedChild, exchange: Exchange): Promise<ChildOutcome> {
  const { limits, signal } = exchange
  const talk = new Conversation(exchange, child.pid === null ? 0 : (usageOf(child.pid)?.cpuSeconds ?? 0))
  const { promise: done, resolve: onDone } = Promise.withResolvers<null>()
  const killWhenFailed = () => {
    if (talk.failure !== null) child.kill()
  }
  const fail = (reason: 'time_limit' | 'cancelled' | 'output_limit', message: string, cause?: unknown) => {
    talk.fail(new ExtractionError(reason, message, { mime: talk.mime, cause }))
    killWhenFailed()
  }
  const timer = setTimeout(() => fail('time_limit', `no end within ${limits.wallMs} ms`), limits.wallMs)
  const onAbort = () => fail('cancelled', 'cancelled while reading', signal.reason)
  child.hear({
    maxBytes: limits.outputBytes + Math.ceil(limits.boxBytes * base64Growth),
    onLine: (line) => {
      if (exchange.clock === 'since-last-record') timer.refresh()
      talk.accept(line)
      killWhenFailed()
      if (exchange.next === undefined || talk.done === null || talk.failure !== null) return
      // At once, so that nothing said after the last word is taken for a part of this exchange.
      child.hear(exchange.next)
      onDone(null)
    },
    onTooMuch: () => fail('output_limit', `more than ${limits.outputBytes} bytes and ${limits.boxBytes} of places`),
  })
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  else child.send(exchange.request)
  const stopWatching = watch(child.pid, watchEveryMs, (usage) => {
    talk.look(usage)
    killWhenFailed()
  })
  try {
    const ending = await Promise.race([child.ended, done])
    if (talk.failure !== null) {
      await child.ended
      throw talk.failure
    }
    if (ending?.startError) throw new ExtractionError('internal', 'the child could not be started', { cause: ending.startError })
    if (ending !== null && (talk.done === null || ending.exitCode !== 0))
      throw errorOf({ ...ending, cpuSeconds: talk.cpuSeconds, cpuLimit: limits.cpuSeconds }, talk.mime)
    if (talk.done === null) throw new ExtractionError('internal', 'the child ended without its last word', { mime: talk.mime })
    return { done: talk.done, peakRssBytes: talk.peakRssBytes, cpuSeconds: talk.cpuSeconds }
  } finally {
    clearTimeout(timer)
    stopWatching()
    signal.removeEventListener('abort', onAbort)
  }
}
