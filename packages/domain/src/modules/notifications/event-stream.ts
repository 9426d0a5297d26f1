import type { DocumentId, LiveEvent } from '@intellidocs/contracts'
import { AppError, formatPosition, isAfter, parsePosition, type Actor, type EventPosition, type FeedEvent, type LiveFeed } from '@intellidocs/kernel'
import { tracked, type TrackedEnvelope } from '@trpc/server'
import type { Access, AccessWatch, Watched } from './access-watch.ts'
import { mayHear } from './notifications.policy.ts'
import type { HeardEvent } from './notifications.repository.ts'

export type StreamRequest = {
  readonly lastEventId: string | null
  readonly documentId: DocumentId | null
  /** What the caller carries now; null: they may not listen any more. */
  readonly stillValid: () => Promise<readonly string[] | null>
  readonly signal: AbortSignal | undefined
}
export type StreamItem = TrackedEnvelope<LiveEvent | null>

/** What all streams of the process share. */
export type StreamParts = {
  readonly liveFeed: LiveFeed
  readonly accessWatch: AccessWatch
  /** Events that may wait for one reader. Past them it is cut off, comes back, and resumes from the last event it got. */
  readonly buffer: number
  /**
   * Settled events that the actor may hear, in order, from after a position. `present` is asked before each: it rejects once access is gone, and answers
   * another actor once something was given or taken.
   */
  replay(present: () => Promise<Actor>, from: EventPosition, documentId: DocumentId | null): AsyncIterable<HeardEvent>
  /** The event as readers get it, made once for all of them. */
  told(event: HeardEvent): StreamItem
}
export type StreamOf = { readonly actor: Actor; readonly request: StreamRequest; readonly release: () => void }

type Result = IteratorResult<StreamItem, void>
const done: Result = { done: true, value: undefined }

/**
 * One reader's events. By hand: ten thousand of these wait at a time, and each generator or waiting async function on the way of an event
 * holds half a kilobyte or more; what waits here is one promise. It begins with the first `next()`, and gives everything back at the end, by
 * whichever way it comes: `return()`, the signal, or a failure. For one reader, who asks again only after the answer.
 */
export class EventStream implements AsyncGenerator<StreamItem, void, void>, Watched {
  readonly #parts: StreamParts
  readonly #of: StreamOf
  /** Another one from the look on that finds a group or a folder given or taken: the stream goes on, without gap or repetition. */
  #actor: Actor
  #last: EventPosition | null = null
  #beginning: AsyncGenerator<StreamItem, void, void> | null
  /** Events that came while nobody waited for one. */
  #waiting: FeedEvent[] | null = null
  #reader: PromiseWithResolvers<Result> | null = null
  /** To be told to the reader, once. */
  #failure: Error | null = null
  #over = false
  #access: Access | null = null
  #unsubscribe: (() => void) | null = null

  constructor(parts: StreamParts, of: StreamOf) {
    this.#parts = parts
    this.#of = of
    this.#actor = of.actor
    this.#beginning = this.#begin()
    of.request.signal?.addEventListener('abort', this.#finish)
    // A listener added after the abort is never called.
    if (of.request.signal?.aborted === true) this.#finish()
  }

  next(): Promise<Result> {
    const beginning = this.#beginning
    return beginning === null ? this.#nextLive() : this.#nextOf(beginning)
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

  stillValid(): Promise<readonly string[] | null> {
    return this.#of.request.stillValid()
  }

  onPresent(principals: readonly string[]): void {
    if (!isSame(principals, this.#actor.principals)) this.#actor = Object.freeze({ ...this.#actor, principals })
  }

  /** Ends the stream with this error; what still waits is not given out any more. */
  onLost(error: Error): void {
    if (this.#over) return
    const reader = this.#reader
    this.#reader = null
    if (reader === null) this.#failure = error
    else reader.reject(error)
    this.#finish()
  }

  readonly #finish = (): void => {
    if (this.#over) return
    this.#over = true
    this.#beginning = null
    this.#waiting = null
    this.#reader?.resolve(done)
    this.#reader = null
    this.#access?.stop()
    this.#unsubscribe?.()
    this.#of.request.signal?.removeEventListener('abort', this.#finish)
    this.#of.release()
  }

  async #nextOf(beginning: AsyncGenerator<StreamItem, void, void>): Promise<Result> {
    try {
      const item = await beginning.next()
      if (item.done !== true && !this.#over) return item
      this.#beginning = null
    } catch (error) {
      this.onLost(asError(error))
    }
    return this.#nextLive()
  }

  /** Where now is, or what the table holds since `lastEventId`; live events wait meanwhile. */
  async *#begin(): AsyncGenerator<StreamItem, void, void> {
    const { lastEventId, documentId } = this.#of.request
    const subscribedAt = this.#subscribe()
    await this.#parts.liveFeed.start()
    if (lastEventId === null) {
      const now = subscribedAt ?? this.#parts.liveFeed.position()
      if (now !== null) yield tracked(formatPosition(now), null)
      return
    }
    this.#last = positionOf(lastEventId)
    for await (const event of this.#parts.replay(() => this.#confirmed(), this.#last, documentId)) {
      this.#last = event.position
      yield this.#parts.told(event)
    }
  }

  async #confirmed(): Promise<Actor> {
    await this.#access?.confirm()
    return this.#actor
  }

  #subscribe(): EventPosition | null {
    this.#unsubscribe = this.#parts.liveFeed.subscribe((event) => this.#hear(event))
    this.#access = this.#parts.accessWatch.add(this)
    // Asked in the same turn: no event lies between the subscription and this place.
    return this.#parts.liveFeed.position()
  }

  #hear(event: FeedEvent): void {
    const { documentId } = this.#of.request
    if (this.#over || !mayHear(this.#actor, event) || (documentId !== null && event.documentId !== documentId)) return
    const reader = this.#reader
    if (reader !== null && this.#isNew(event)) {
      this.#reader = null
      this.#give(event).then(reader.resolve, reader.reject)
    } else if (reader === null) {
      this.#waiting ??= []
      if (this.#waiting.length < this.#parts.buffer) this.#waiting.push(event)
      else this.onLost(new AppError('service.unavailable'))
    }
  }

  /** Not what the table already gave. */
  #isNew(event: HeardEvent): boolean {
    return this.#last === null || isAfter(event.position, this.#last)
  }

  #nextLive(): Promise<Result> {
    if (this.#over) return this.#ended()
    for (let event = this.#waiting?.shift(); event !== undefined; event = this.#waiting?.shift()) {
      // What was taken from the reader while it waited is not given out any more.
      if (this.#isNew(event) && mayHear(this.#actor, event)) return this.#give(event)
    }
    this.#waiting = null
    this.#reader = Promise.withResolvers<Result>()
    return this.#reader.promise
  }

  async #give(event: FeedEvent): Promise<Result> {
    this.#last = event.position
    try {
      await this.#access?.confirm()
    } catch (error) {
      this.onLost(asError(error))
    }
    if (this.#over) return this.#ended()
    return mayHear(this.#actor, event) ? { done: false, value: this.#parts.told(event) } : this.#nextLive()
  }

  /** The failure, the first time; after that, and otherwise, the end. */
  async #ended(): Promise<Result> {
    const failure = this.#failure
    this.#failure = null
    if (failure !== null) throw failure
    return done
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a === b || (a.length === b.length && a.every((principal, at) => principal === b[at]))

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error('a stream failed', { cause: error }))

function positionOf(eventId: string): EventPosition {
  const position = parsePosition(eventId)
  if (position === null) throw new AppError('input.cursor')
  return position
}

/** Readers are told of an event within moments of each other: what is made for the first serves all of them. */
export function createTelling(): StreamParts['told'] {
  const items = new WeakMap<HeardEvent, StreamItem>()
  return (event) => {
    const known = items.get(event)
    if (known !== undefined) return known
    const item = toTracked(event)
    items.set(event, item)
    return item
  }
}

function toTracked(event: HeardEvent): TrackedEnvelope<LiveEvent> {
  const id = formatPosition(event.position)
  return tracked(id, { id, type: event.type, at: event.at.toISOString(), actorId: event.actorId, documentId: event.documentId,
    payload: { ...event.payload } })
}
