import type { Metrics } from './metrics.ts'
import type { RelayLag } from './relay-store.ts'

export type RelayMeters = {
  handled(subscriber: string, outcome: 'delivered' | 'retried' | 'parked'): void
  lag(now: RelayLag): void
}

export function createRelayMeters(metrics: Metrics | undefined): RelayMeters {
  if (metrics === undefined) return { handled: () => undefined, lag: () => undefined }
  const deliveries = metrics.counter({ name: 'intellidocs_outbox_deliveries_total', help: 'Deliveries by subscriber and outcome',
    labels: ['subscriber', 'outcome'] })
  const oldest = metrics.gauge({ name: 'intellidocs_outbox_lag_seconds', help: 'Age of the oldest delivery that is due' })
  const pending = metrics.gauge({ name: 'intellidocs_outbox_pending', help: 'Deliveries that are due' })
  const parked = metrics.gauge({ name: 'intellidocs_outbox_parked', help: 'Deliveries given up after the last attempt' })
  return {
    handled: (subscriber, outcome) => deliveries.inc({ subscriber, outcome }),
    lag: (now) => {
      oldest.set(now.oldestSeconds)
      pending.set(now.pending)
      parked.set(now.parked)
    },
  }
}
