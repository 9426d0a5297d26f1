import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@intellidocs/db'
import type { Clock } from './clock.ts'
import { listenForCommits } from './commit-listener.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { retryDelayMs } from './relay-delivery.ts'
import { createLooks } from './relay-looks.ts'
import { createRelayMeters } from './relay-meters.ts'
import { createRelayPool } from './relay-pool.ts'
import { lag, releaseExpired, type RelayLag } from './relay-store.ts'
import type { Subscriber } from './subscriber.ts'
import { noTracing, type Tracing } from './tracing.types.ts'
import { createWake } from './wake.ts'

export type RelayOptions = {
  readonly database: Pick<Database, 'run' | 'write' | 'listen'>
  readonly subscribers: readonly Subscriber[]
  readonly log: Log
  readonly clock: Clock
  /** Aborted: no new deliveries; those under way are finished. */
  readonly signal: AbortSignal
  readonly metrics?: Metrics
  readonly tracing?: Tracing
  /** Deliveries handled at once, 20. */
  readonly concurrency?: number
  /** How long a delivery belongs to this relay without a sign of life, 30 s. */
  readonly leaseMs?: number
  /** How long a subscriber may take, 60 s. */
  readonly timeoutMs?: number
  /** Tries before a delivery is parked, 12. */
  readonly maxAttempts?: number
  /** The longest wait between two looks, 1 s; NOTIFY makes it shorter. */
  readonly pollMs?: number
  /** How long a look waits for what else is committed just now, 10 ms: a look costs as much for one delivery as for twenty. */
  readonly gatherMs?: number
  /** From one look to the next, 40 ms at least and longer where looks are slow, unless the last one left something: a crowd of commits makes no crowd of looks. */
  readonly restMs?: number
  /** How long those under way may go on after the signal before they are told to stop, 10 s. */
  readonly graceMs?: number
  readonly retryDelay?: (attempts: number) => number
}

export type Relay = {
  /** Delivers until the signal; resolves when all that was begun is settled. A failing database is waited for, not thrown. */
  run(): Promise<void>
  lag(): Promise<RelayLag>
}

const SWEEP_MS = 10_000
const WAIT_AFTER_ERROR_MS = 500
/** A look takes a few milliseconds, more where process or database have too much to do: then looks take a fourth of the time at most, so that what people wait for goes first. */
const LOOKS_SHARE = 4

/**
 * Brings committed events to their subscribers, at least once each. Any number of relays work side by side: a delivery is leased to one
 * of them, the lease is renewed while its handler runs, and completion is fenced by `attempts`. After the last try it is parked with the reason.
 */
export function createRelay(options: RelayOptions): Relay {
  const { database, log, clock, signal, concurrency = 20, leaseMs = 30_000, pollMs = 1_000, gatherMs = 10, restMs = 40, graceMs = 10_000, maxAttempts = 12 } = options
  const subscribers = new Map(options.subscribers.map((s) => [s.name, s]))
  const { wake, sleep } = createWake()
  const meters = createRelayMeters(options.metrics)
  const pool = createRelayPool({
    database, subscribers, log, meters, tracing: options.tracing ?? noTracing, timeoutMs: options.timeoutMs ?? 60_000, maxAttempts,
    retryDelay: options.retryDelay ?? ((attempts) => retryDelayMs(attempts, Math.random())),
    onSettled: () => { if (isShort()) wake() },
  })

  const { look, isShort } = createLooks({ database, pool, subscribers: options.subscribers, concurrency, leaseMs })
  const patient = options.subscribers.flatMap(({ name, maxAttempts: most }) => (most === undefined ? [] : [{ name, maxAttempts: most }]))

  let nextSweep = 0
  async function sweep(): Promise<void> {
    if (clock.now().getTime() < nextSweep) return
    nextSweep = clock.now().getTime() + Math.min(SWEEP_MS, leaseMs)
    const returned = await releaseExpired(database, maxAttempts, patient)
    if (returned > 0) log.warn({ returned }, 'deliveries of a relay that went away were taken back')
  }

  async function run(): Promise<void> {
    const listener = listenForCommits({ database, log, wake })
    const keeper = setInterval(() => void pool.keepLeases(leaseMs), leaseMs / 3)
    signal.addEventListener('abort', wake)
    while (!signal.aborted) {
      try {
        await sweep()
        const since = performance.now()
        if (await look()) continue
        const took = performance.now() - since
        await sleep(pollMs)
        const rest = isShort() ? 0 : Math.max(restMs, LOOKS_SHARE * took) - (performance.now() - since)
        if (!signal.aborted) await delay(Math.max(gatherMs, rest))
      } catch (error) {
        log.warn({ err: error }, 'the relay could not look for deliveries')
        await sleep(WAIT_AFTER_ERROR_MS)
      }
    }
    await pool.drain(graceMs)
    signal.removeEventListener('abort', wake)
    clearInterval(keeper)
    await listener.close()
  }

  return { run, lag: () => database.run({ kind: 'system' }, lag) }
}
