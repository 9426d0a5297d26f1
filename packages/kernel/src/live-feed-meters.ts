import type { FeedEvent } from './live-feed-store.ts'
import type { Metrics } from './metrics.ts'

export type LiveFeedMeters = { told(events: readonly FeedEvent[]): void }

/**
 * How late events reach the listeners of this process: from the beginning of the transaction that wrote them, by the clock of the database, to
 * the moment they were handed on, by the clock of this machine. Long transactions and clocks apart show as lag.
 */
export function createLiveFeedMeters(metrics: Metrics | undefined, listeners: () => number): LiveFeedMeters {
  if (metrics === undefined) return { told: () => undefined }
  const lag = metrics.histogram({
    name: 'intellidocs_live_lag_seconds', help: 'Age of events when they are handed to live listeners', buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30],
  })
  const count = metrics.gauge({ name: 'intellidocs_live_listeners', help: 'Open subscriptions to live events' })
  metrics.onRead('live feed', [count], async () => count.set(listeners()))
  return { told: (events) => { for (const { at } of events) lag.observe(Math.max(0, Date.now() - at.getTime()) / 1000) } }
}
