import type { DocumentId } from '@intellidocs/contracts'
import type { Actor, Clock, EventPosition, LiveFeed, RunInTx } from '@intellidocs/kernel'
import { createAccessWatch } from './access-watch.ts'
import { createTelling, EventStream, type StreamItem, type StreamRequest } from './event-stream.ts'
import type { HeardEvent, NotificationsRepository } from './notifications.repository.ts'
import { createStreamCounts, defaultStreamLimits, type StreamLimits } from './stream-counts.ts'

/** Events that may wait for one reader; about 1 MB at most. */
const BUFFER = 1_000
const PAGE = 200

export type NotificationsServiceDeps = {
  runInTx: RunInTx; liveFeed: LiveFeed; clock: Clock; repository: NotificationsRepository; buffer?: number; limits?: StreamLimits
}

export type NotificationsService = {
  /**
   * The events the actor may read, from now on or from after `lastEventId`, each once and in one order. "From now on" begins with an item
   * without event whose id is the place of now: who is cut off before the first event resumes from there and misses nothing. Throws
   * `stream.limit` when the connection or the account has too many open. Ends with the signal; fails with `input.cursor` for an id that
   * is none, `auth.required` when access was revoked, `service.unavailable` for a reader too slow to keep up.
   */
  stream(actor: Actor, request: StreamRequest): AsyncGenerator<StreamItem, void, void>
}

export function createNotificationsService(deps: NotificationsServiceDeps): NotificationsService {
  const { runInTx, liveFeed, clock, repository, buffer = BUFFER, limits = defaultStreamLimits } = deps
  const counts = createStreamCounts(limits)
  const accessWatch = createAccessWatch({ clock })

  async function* replay(present: () => Promise<Actor>, from: EventPosition, documentId: DocumentId | null): AsyncGenerator<HeardEvent, void, void> {
    let after = from
    for (;;) {
      const actor = await present()
      const page = await runInTx(actor, (tx) => repository.replay(tx, { actor, after, documentId, limit: PAGE }), { readOnly: true })
      for (const event of page) {
        // What was asked for with other principals than the reader carries by now is asked again.
        if (await present() !== actor) break
        after = event.position
        yield event
      }
      if (page.length < PAGE && await present() === actor) return
    }
  }

  const parts = { liveFeed, accessWatch, buffer, replay, told: createTelling() }
  return { stream: (actor, request) => new EventStream(parts, { actor, request, release: counts.take(actor) }) }
}
