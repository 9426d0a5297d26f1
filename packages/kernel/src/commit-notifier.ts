import type { Database } from '@intellidocs/db'
import type { Log } from './log.ts'

/** The channel on which commits are announced. Its payload is empty: it only says "look now". */
export const OUTBOX_CHANNEL = 'outbox'
const APART_MS = 5

/**
 * At most one NOTIFY per 5 ms and process, at once after a commit that stands alone, and on a connection of its own: inside the business
 * transaction it would take a database-wide lock until the commit is on disk and serialise all writers (measured: a quarter to a half of the
 * throughput).
 */
export function createCommitNotifier({ database, log }: { database: Pick<Database, 'notify'>; log: Log }): () => void {
  let timer: NodeJS.Timeout | undefined
  let sentAt = -APART_MS
  const send = () => {
    timer = undefined
    sentAt = performance.now()
    // A lost hint costs latency only: relay and live feed look by themselves every second.
    database.notify(OUTBOX_CHANNEL, '').catch((error: unknown) => log.warn({ err: error }, 'announcing a commit failed'))
  }
  return () => {
    if (timer !== undefined) return
    const wait = sentAt + APART_MS - performance.now()
    if (wait <= 0) return send()
    timer = setTimeout(send, wait)
    timer.unref()
  }
}
