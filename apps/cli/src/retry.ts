import { setTimeout as pause } from 'node:timers/promises'
import { IntelliDocsError } from '@intellidocs/client'

const TRIES = 8
const LONGEST_MS = 15_000

/**
 * Repeats work that the server may do a moment later: it is restarting, busy, or counts our calls. The work must be safe to repeat.
 * The server's own word on when to come back counts.
 */
export async function withRetries<T>(work: () => Promise<T>, signal: AbortSignal, firstMs = 250): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof IntelliDocsError) || !mayRepeat(error) || attempt + 1 >= TRIES) throw error
      const wait = retryAfterOf(error) ?? firstMs * 2 ** attempt * (0.5 + Math.random())
      await pause(Math.min(wait, LONGEST_MS), undefined, { signal })
    }
  }
}

const mayRepeat = (error: IntelliDocsError): boolean => error.retryable || error.appCode === 'idempotency.in_flight'

function retryAfterOf({ details }: IntelliDocsError): number | undefined {
  const ms = typeof details === 'object' && details !== null && 'retryAfterMs' in details ? details.retryAfterMs : undefined
  return typeof ms === 'number' && ms >= 0 ? ms + Math.random() * 100 : undefined
}
