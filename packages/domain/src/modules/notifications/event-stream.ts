import type { DocumentId, LiveEvent } from '@intellidocs/contracts'
import { AppError, formatPosition, isAfter, parsePosition, type Actor, type EventPosition, type FeedEvent, type LiveFeed } from '@intellidocs/kernel'
import { tracked, type TrackedEnvelope } from '@trpc/server'
import type { Access, AccessWatch } from './access-watch.ts'
import { EventQueue } from './event-queue.ts'
import { mayHear } from './notifications.policy.ts'
import type { HeardEvent } from './notifications.repository.ts'

export type StreamRequest = {
  readonly lastEventId: string | null
  readonly documentId: DocumentId | null
  readonly stillValid: () => Promise<boolean>
  readonly signal: AbortSignal | undefined
}
export type StreamItem = TrackedEnvelope<LiveEvent | null>

/** What all streams of the process share. */
export type StreamParts = {
  readonly liveFeed: LiveFeed
  readonly accessWatch: AccessWatch
  /** Events that may wait for one reader. */
  readonly buffer: number
  /** Settled events that the actor may hear, in order, from after a position. */
  replay(actor: Actor, from: EventPosition, documentId: DocumentId | null): AsyncIterable<HeardEvent>
}
export type StreamOf = { readonly actor: Actor; readonly request: StreamRequest; readonly release: () => void }

type Result = IteratorResult<StreamItem, void>
const done: Result = { done: true, value: undefined }

/**
 * One reader's events. By hand and not as a chain of generators: ten thousand of these wait at a time, and each generator on the way of an
 * event holds about a kilobyte. It begins with the first `next()`, and gives everything back at the end, by whichever way it comes:
 * `return()`, the signal, or a failure.
 */
export class EventStream implements AsyncGenerator<StreamItem, void, void> {
  readonly #parts: StreamParts
  readonly #of: StreamOf
  readonly #queue: EventQueue<HeardEvent>
  #last: EventPosition | null = null
  #beginning: AsyncGenerator<StreamItem, void, void> | null
  #over = false
  #access: Access | null = null
  #unsubscribe: (() => void) | null = null

  constructor(parts: StreamParts, of: StreamOf) {
    this.#parts = parts
    this.#of = of
    this.#queue = new EventQueue({ limit: parts.buffer, overflow: () => new AppError('service.unavailable') })
    this.#beginning = this.#begin()
    of.request.signal?.addEventListener('abort', this.#finish)
    // A listener added after the abort is never called.
    if (of.request.signal?.aborted === true) this.#finish()
  }

  async next(): Promise<Result> {
    try {
      const item = this.#over ? null : await this.#nextOfBeginning() ?? await this.#nextLive()
      if (item !== null && !this.#over) return { done: false, value: item }
      this.#finish()
      return done
    } catch (error) {
      this.#finish()
      throw error
    }
  }

  async return(): Promise<Result> {
    this.#finish()
    return done
  }

  async throw(error: unknown): Promise<Result> {
    this.#finish()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish()
  }

  readonly #finish = (): void => {
    if (this.#over) return
    this.#over = true
    this.#beginning = null
    this.#queue.end()
    this.#access?.stop()
    this.#unsubscribe?.()
    this.#of.request.signal?.removeEventListener('abort', this.#finish)
    this.#of.release()
  }

  /** Null when the beginning is over. */
  async #nextOfBeginning(): Promise<StreamItem | null> {
    const item = await this.#beginning?.next()
    if (item?.done === false) return item.value
    this.#beginning = null
    return null
  }

  /** Where now is, or what the table holds since `lastEventId`; the queue fills meanwhile. */
  async *#begin(): AsyncGenerator<StreamItem, void, void> {
    const { actor, request: { lastEventId, documentId } } = this.#of
    const subscribedAt = this.#subscribe()
    await this.#parts.liveFeed.start()
    if (lastEventId === null) {
      const now = subscribedAt ?? this.#parts.liveFeed.position()
      if (now !== null) yield tracked(formatPosition(now), null)
      return
    }
    this.#last = positionOf(lastEventId)
    for await (const event of this.#parts.replay(actor, this.#last, documentId)) {
      this.#last = event.position
      yield await this.#give(event)
    }
  }

  #subscribe(): EventPosition | null {
    const { actor, request: { documentId, stillValid } } = this.#of
    this.#unsubscribe = this.#parts.liveFeed.subscribe((event: FeedEvent) => {
      if (mayHear(actor, event) && (documentId === null || event.documentId === documentId)) this.#queue.push(event)
    })
    this.#access = this.#parts.accessWatch.add({ stillValid, onLost: (error) => this.#queue.fail(error) })
    // Asked in the same turn: no event lies between the subscription and this place.
    return this.#parts.liveFeed.position()
  }

  /** From the queue, without what the table already gave. */
  async #nextLive(): Promise<StreamItem | null> {
    for (;;) {
      const event = await this.#queue.take()
      if (event === null) return null
      if (this.#last !== null && !isAfter(event.position, this.#last)) continue
      this.#last = event.position
      return this.#give(event)
    }
  }

  async #give(event: HeardEvent): Promise<StreamItem> {
    await this.#access?.confirm()
    this.#queue.check()
    return toTracked(event)
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
