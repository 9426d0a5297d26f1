import type { EventPayload, EventType } from '@intellidocs/contracts'
import type { Actor } from './actor.ts'
import type { Tx } from './unit-of-work.ts'

export type NewEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K
    readonly payload: EventPayload<K>
    readonly documentId?: string
    /** Set when the document's reader rows do not survive the transaction (purge). */
    readonly audience?: readonly string[]
    /** What the audit row says was acted on. `false`: no audit row (progress is not a change). */
    readonly audit: { readonly subjectType: string; readonly subjectId: string; readonly data?: Record<string, unknown> } | false
  }
}[T]

/** The only way to say that something happened: event, deliveries and audit row in the business transaction, one statement. */
export type Outbox = {
  append(tx: Tx, actor: Actor, event: NewEvent): Promise<void>
  /** Many of one type, each for others and with its own audit row or none, in one statement and in this order; none is nothing to do. */
  appendAll(tx: Tx, actor: Actor, events: readonly NewEvent[]): Promise<void>
}
