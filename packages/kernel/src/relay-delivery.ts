import type { CommittedEvent, Subscriber } from './subscriber.ts'

const LONGEST_MS = 3_600_000
const LONGEST_REASON = 1_000

/**
 * Time until the next try: 2^attempts seconds, an hour at most, times 0.5 to 1.5 so that failures do not come back in step.
 * `random` is in [0, 1).
 */
export const retryDelayMs = (attempts: number, random: number): number =>
  Math.round(Math.min(LONGEST_MS, 1_000 * 2 ** attempts) * (0.5 + random))

/** What is kept beside a failed delivery: name, code and message, no stack, at most 1,000 characters. */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, LONGEST_REASON)
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
  // NUL cannot be stored in Postgres text, and a message may quote a file's bytes.
  return `${error.name}${code}: ${error.message}`.replaceAll('\u0000', '').slice(0, LONGEST_REASON)
}

/**
 * Hands one event to one subscriber. Rejects when it throws, and when `timeoutMs` pass: then its signal is aborted and the delivery
 * counts as failed whether or not it listens, so that no handler can hold a place for ever.
 */
export async function deliver(subscriber: Subscriber, event: CommittedEvent, limits: { timeoutMs: number; signal: AbortSignal }): Promise<void> {
  const { timeoutMs, signal } = limits
  const { promise: timedOut, reject } = Promise.withResolvers<never>()
  const controller = new AbortController()
  const timer = setTimeout(() => {
    const error = new Error(`no answer within ${timeoutMs} ms`)
    controller.abort(error)
    reject(error)
  }, timeoutMs)
  try {
    await Promise.race([subscriber.handle(event, AbortSignal.any([controller.signal, signal])), timedOut])
  } finally {
    clearTimeout(timer)
  }
}
