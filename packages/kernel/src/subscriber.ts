import type { EventPayload, EventType, OrgId, UserId } from '@intellidocs/contracts'

/** An event as it was committed, handed to a subscriber by the relay. */
export type CommittedEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly id: bigint
    readonly orgId: OrgId
    readonly type: K
    readonly actorId: UserId
    readonly at: Date
    readonly payload: EventPayload<K>
  }
}[T]

/**
 * A reaction to events. Delivered at least once, in no promised order, so `handle` must stand being called twice.
 * A throw is retried with back-off; after the last attempt the delivery is parked with the reason.
 */
export type Subscriber<T extends EventType = EventType> = {
  /** `<module>.<what-it-does>`; stored in delivery rows, so it is never renamed. */
  readonly name: string
  readonly events: readonly T[]
  /** How many deliveries it takes now; absent: as many as come. What it does not take waits, and organizations have turns meanwhile. */
  readonly room?: () => Promise<number>
  /** Tries before a delivery is parked, where that is not what the relay gives all. From the twelfth on they come about an hour apart. */
  readonly maxAttempts?: number
  /** For which failures; absent: for all. */
  readonly isPatient?: (error: unknown) => boolean
  handle(event: CommittedEvent<T>, signal: AbortSignal): Promise<void>
}

/** Keeps the event types of one subscriber while fitting into a list of all: the relay hands each only the types it names. */
export function subscriber<T extends EventType>(s: Subscriber<T>): Subscriber {
  return s
}
