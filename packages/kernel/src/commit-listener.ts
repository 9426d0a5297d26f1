import type { Database } from '@intellidocs/db'
import { OUTBOX_CHANNEL } from './commit-notifier.ts'
import type { Log } from './log.ts'

const AGAIN_MS = 5_000

/**
 * Calls `wake` after commits, as far as NOTIFY reaches. It only makes relay and live feed quicker: where listening fails,
 * their poll does the same work, and listening is tried again every five seconds.
 */
export function listenForCommits({ database, log, wake, againMs = AGAIN_MS }: {
  database: Pick<Database, 'listen'>
  log: Log
  wake: () => void
  againMs?: number
}): { close(): Promise<void> } {
  let listening: { close(): Promise<void> } | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let trying = attempt()

  async function attempt(): Promise<void> {
    try {
      listening = await database.listen(OUTBOX_CHANNEL, wake)
      // What was announced before the listening began.
      wake()
    } catch (error) {
      log.warn({ err: error }, 'listening for commits failed; polling meanwhile')
      if (!closed) timer = setTimeout(() => { trying = attempt() }, againMs)
    }
  }

  return {
    close: async () => {
      closed = true
      await trying
      clearTimeout(timer)
      await listening?.close()
    },
  }
}
