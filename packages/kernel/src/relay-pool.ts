import { createBatcher } from './batcher.ts'
import { failpoint } from './failpoint.ts'
import type { Log } from './log.ts'
import { deliver, failureReason } from './relay-delivery.ts'
import type { RelayMeters } from './relay-meters.ts'
import { complete, fail, renew, type ClaimedDelivery, type RelayDatabase } from './relay-store.ts'
import type { Subscriber } from './subscriber.ts'
import type { Tracing } from './tracing.types.ts'

/** How long what is handled waits for what else is, milliseconds: its place is held meanwhile, which at twenty places is no bound. */
const GATHER_MS = 10

export type PoolOptions = {
  readonly database: RelayDatabase
  readonly subscribers: ReadonlyMap<string, Subscriber>
  readonly log: Log
  readonly meters: RelayMeters
  readonly tracing: Tracing
  readonly timeoutMs: number
  readonly maxAttempts: number
  readonly retryDelay: (attempts: number) => number
  readonly onSettled: () => void
}

/** The deliveries a relay has claimed and not yet settled. */
export type RelayPool = {
  readonly size: () => number
  begin(delivery: ClaimedDelivery): void
  keepLeases(leaseMs: number): Promise<void>
  /** Resolves when all are settled; after `graceMs` those under way are told to stop. */
  drain(graceMs: number): Promise<void>
}

export function createRelayPool({ database, subscribers, log, meters, tracing, timeoutMs, maxAttempts, retryDelay, onSettled }: PoolOptions): RelayPool {
  const running = new Map<bigint, ClaimedDelivery>()
  const settling = new Set<Promise<void>>()
  const stop = new AbortController()
  const done = createBatcher<ClaimedDelivery>((batch) => complete(database, batch), { gatherMs: GATHER_MS })

  async function settle(delivery: ClaimedDelivery): Promise<void> {
    const { subscriber: name, attempts, event } = delivery
    const subscriber = subscribers.get(name)
    try {
      if (subscriber?.events.includes(event.type) !== true) throw new Error(`${name} does not listen to ${event.type} in this process`)
      await failpoint('after_claim')
      await tracing.span(`deliver ${name}`, { kind: 'consumer', parent: delivery.traceParent, attributes: { event: event.type, attempts } },
        () => deliver(subscriber, event, { timeoutMs, signal: stop.signal }))
      await failpoint('after_effect_before_mark')
    } catch (error) {
      const park = attempts >= (subscriber?.isPatient?.(error) === false ? maxAttempts : subscriber?.maxAttempts ?? maxAttempts)
      log[park ? 'error' : 'warn']({ err: error, subscriber: name, eventId: event.id, type: event.type, attempts },
        park ? 'delivery parked' : 'delivery failed')
      await fail(database, [{ ...delivery, error: failureReason(error), park, delayMs: retryDelay(attempts) }])
      meters.handled(name, park ? 'parked' : 'retried')
      return
    }
    await done.add(delivery)
    await failpoint('after_mark')
    meters.handled(name, 'delivered')
  }

  function begin(delivery: ClaimedDelivery): void {
    running.set(delivery.id, delivery)
    const settled = settle(delivery)
      // Not stored: the lease runs out and the delivery comes again, which subscribers stand.
      .catch((error: unknown) => log.error({ err: error, deliveryId: delivery.id }, 'the outcome of a delivery was not stored'))
      .finally(() => {
        running.delete(delivery.id)
        settling.delete(settled)
        onSettled()
      })
    settling.add(settled)
  }

  async function keepLeases(leaseMs: number): Promise<void> {
    const held = [...running.values()]
    if (held.length === 0) return
    try {
      await renew(database, held, leaseMs)
    } catch (error) {
      log.warn({ err: error, held: held.length }, 'leases were not renewed')
    }
  }

  async function drain(graceMs: number): Promise<void> {
    const timer = setTimeout(() => stop.abort(), graceMs)
    await Promise.all(settling)
    clearTimeout(timer)
  }

  return { size: () => running.size, begin, keepLeases, drain }
}
