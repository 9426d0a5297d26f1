import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from '@intellidocs/db'
import { listenForCommits } from './commit-listener.ts'
import type { EventPosition } from './event-position.ts'
import { horizon, readFeed, type FeedEvent } from './live-feed-store.ts'
import { createLiveFeedMeters } from './live-feed-meters.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { RunAsSystem } from './unit-of-work.ts'
import { createWake } from './wake.ts'

export type FeedListener = (event: FeedEvent) => void

export type LiveFeed = {
  /**
   * Begins to follow the events; resolves when the starting place is known, and waits for a database that is away.
   * Calling it again waits for the same.
   */
  start(): Promise<void>
  /** Whoever subscribes now gets every event behind this place. Null before the start. */
  position(): EventPosition | null
  /**
   * Every event committed after this call (and perhaps some just before it), each once, in the order of their positions.
   * The listener must be quick and not throw; answers how to stop. Subscribe, then `start()`, then replay from the table: nothing is missed.
   */
  subscribe(listener: FeedListener): () => void
  close(): Promise<void>
}

const BATCH = 500
const WAIT_AFTER_ERROR_MS = 500
/** While a committed event waits for an older transaction: look again soon, less and less soon. */
const SOON_MS = 4
const LESS_SOON_MS = 320

/** One follower of the event table a process, however many sockets listen. It keeps no state in the database and survives its restarts. */
export function createLiveFeed(deps: { database: Pick<Database, 'run' | 'listen'>; log: Log; metrics?: Metrics; pollMs?: number }): LiveFeed {
  const { database, log, pollMs = 1_000 } = deps
  const system: RunAsSystem = (work) => database.run({ kind: 'system' }, work)
  const listeners = createListeners(log)
  const meters = createLiveFeedMeters(deps.metrics, listeners.count)
  const { wake, sleep } = createWake()
  const known = Promise.withResolvers<void>()
  let following: Promise<void> | undefined
  let closed = false
  let wait = SOON_MS
  let reached: EventPosition | null = null

  /** Reads on from `after`; answers how far it came, and after how many milliseconds to look again. */
  async function step(after: EventPosition): Promise<{ position: EventPosition; pause: number }> {
    const { events, waiting } = await system((tx) => readFeed(tx, { after, limit: BATCH }))
    const position = events.at(-1)?.position ?? after
    // In one go with the beginning of the telling: who subscribes sees either the place before these events and gets them, or the place after.
    reached = position
    await listeners.publish(events)
    meters.told(events)
    if (waiting && events.length === 0) {
      const pause = Math.min(wait, pollMs)
      wait = Math.min(wait * 2, LESS_SOON_MS)
      return { position, pause }
    }
    wait = SOON_MS
    return { position, pause: waiting ? SOON_MS : events.length === BATCH ? 0 : pollMs }
  }

  async function follow(): Promise<void> {
    const listener = listenForCommits({ database, log, wake })
    let position: EventPosition | undefined
    while (!closed) {
      try {
        reached = position ??= await system(horizon)
        known.resolve()
        const next = await step(position)
        position = next.position
        if (next.pause > 0) await sleep(next.pause)
      } catch (error) {
        log.warn({ err: error }, 'the live feed could not read')
        await sleep(WAIT_AFTER_ERROR_MS)
      }
    }
    await listener.close()
  }

  return {
    start: () => {
      following ??= follow()
      return known.promise
    },
    position: () => reached,
    subscribe: listeners.add,
    close: async () => {
      closed = true
      wake()
      // Whoever still waits for the start gets on and finds the process ending.
      known.resolve()
      await following
    },
  }
}

/** After so many calls the process turns to its other work, some milliseconds. */
const CALLS_A_TURN = 250

type Listeners = { add(listener: FeedListener): () => void; publish(events: readonly FeedEvent[]): Promise<void>; count(): number }

/**
 * Tells those who are there when `publish` is called, event by event. In turns: what all listeners do about an event at once would keep
 * every request waiting meanwhile, and, with ten thousand of them, several hundred megabytes of what they do alive at the same time.
 */
function createListeners(log: Log): Listeners {
  const listeners = new Set<{ readonly tell: FeedListener }>()
  const tellOne = (tell: FeedListener, event: FeedEvent): void => {
    try {
      tell(event)
    } catch (error) {
      log.error({ err: error, type: event.type }, 'a live listener threw')
    }
  }
  return {
    count: () => listeners.size,
    add: (tell) => {
      // An object of its own, so that the same function subscribed twice leaves once at a time.
      const own = { tell }
      listeners.add(own)
      return () => { listeners.delete(own) }
    },
    async publish(events) {
      if (events.length === 0) return
      const present = [...listeners]
      let calls = 0
      for (const event of events) {
        for (const listener of present) {
          if (!listeners.has(listener)) continue
          tellOne(listener.tell, event)
          calls += 1
          if (calls % CALLS_A_TURN === 0) await turn()
        }
      }
    },
  }
}
