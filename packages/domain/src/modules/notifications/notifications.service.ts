import type { DocumentId, LiveEvent } from '@intellidocs/contracts'
import {
  AppError, formatPosition, isAfter, parsePosition, type Actor, type Clock, type EventPosition, type LiveFeed, type RunInTx,
} from '@intellidocs/kernel'
import { tracked, type TrackedEnvelope } from '@trpc/server'
import { watchAccess } from './access-watch.ts'
import { createEventQueue, type EventQueue } from './event-queue.ts'
import { mayHear } from './notifications.policy.ts'
import type { HeardEvent, NotificationsRepository } from './notifications.repository.ts'

/** Events that may wait for one reader; about 1 MB at most. */
const BUFFER = 1_000
const PAGE = 200

export type StreamRequest = {
  readonly lastEventId: string | null
  readonly documentId: DocumentId | null
  readonly stillValid: () => Promise<boolean>
  readonly signal: AbortSignal | undefined
}

export type NotificationsServiceDeps = { runInTx: RunInTx; liveFeed: LiveFeed; clock: Clock; repository: NotificationsRepository; buffer?: number }

export type NotificationsService = {
  /**
   * The events the actor may read, from now on or from after `lastEventId`, each once and in one order. "From now on" begins with an item
   * without event whose id is the place of now: who is cut off before the first event resumes from there and misses nothing. Ends with
   * the signal; fails with `input.cursor` for an id that is none, `auth.required` when access was revoked, `service.unavailable` for a reader too slow to
   * keep up.
   */
  stream(actor: Actor, request: StreamRequest): AsyncGenerator<TrackedEnvelope<LiveEvent | null>, void, void>
}

export function createNotificationsService(deps: NotificationsServiceDeps): NotificationsService {
  const { runInTx, liveFeed, clock, repository, buffer = BUFFER } = deps

  async function* replay(actor: Actor, from: EventPosition, documentId: DocumentId | null): AsyncGenerator<HeardEvent, void, void> {
    let after = from
    for (;;) {
      const page = await runInTx(actor, (tx) => repository.replay(tx, { actor, after, documentId, limit: PAGE }), { readOnly: true })
      yield* page
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      after = last.position
    }
  }

  /** The table first, then the queue that was filled meanwhile, without what the table already gave. */
  async function* inOrder(actor: Actor, request: StreamRequest, queue: EventQueue<HeardEvent>): AsyncGenerator<HeardEvent, void, void> {
    const { lastEventId, documentId } = request
    let last = lastEventId === null ? null : positionOf(lastEventId)
    if (last !== null) {
      for await (const event of replay(actor, last, documentId)) {
        last = event.position
        yield event
      }
    }
    for await (const event of queue.items()) {
      if (last !== null && !isAfter(event.position, last)) continue
      last = event.position
      yield event
    }
  }

  return {
    async *stream(actor, request) {
      const { lastEventId, documentId, stillValid, signal } = request
      const queue = createEventQueue<HeardEvent>({ limit: buffer, overflow: () => new AppError('service.unavailable') })
      const stop = () => queue.end()
      const unsubscribe = liveFeed.subscribe((event) => {
        if (mayHear(actor, event) && (documentId === null || event.documentId === documentId)) queue.push(event)
      })
      // Asked in the same turn: no event lies between the subscription and this place.
      const subscribedAt = liveFeed.position()
      const access = watchAccess({ stillValid, clock, onLost: queue.fail })
      signal?.addEventListener('abort', stop)
      // A listener added after the abort is never called.
      if (signal?.aborted === true) stop()
      try {
        await liveFeed.start()
        const now = lastEventId === null ? subscribedAt ?? liveFeed.position() : null
        if (now !== null && signal?.aborted !== true) yield tracked(formatPosition(now), null)
        for await (const event of inOrder(actor, request, queue)) {
          if (signal?.aborted === true) return
          await access.confirm()
          queue.check()
          yield toTracked(event)
        }
      } finally {
        access.stop()
        unsubscribe()
        signal?.removeEventListener('abort', stop)
      }
    },
  }
}

function positionOf(eventId: string): EventPosition {
  const position = parsePosition(eventId)
  if (position === null) throw new AppError('input.cursor')
  return position
}

function toTracked(event: HeardEvent): TrackedEnvelope<LiveEvent> {
  const id = formatPosition(event.position)
  return tracked(id, { id, type: event.type, at: event.at.toISOString(), actorId: event.actorId, documentId: event.documentId,
    payload: { ...event.payload } })
}
