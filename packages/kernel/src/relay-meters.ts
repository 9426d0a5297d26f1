import type { Metrics } from './metrics.ts'
import { lag } from './relay-store.ts'
import type { RunAsSystem } from './unit-of-work.ts'

export type RelayMeters = { handled(subscriber: string, outcome: 'delivered' | 'retried' | 'parked'): void }

export function createRelayMeters(metrics: Metrics | undefined): RelayMeters {
  if (metrics === undefined) return { handled: () => undefined }
  const deliveries = metrics.counter({ name: 'intellidocs_outbox_deliveries_total', help: 'Deliveries by subscriber and outcome',
    labels: ['subscriber', 'outcome'] })
  return { handled: (subscriber, outcome) => deliveries.inc({ subscriber, outcome }) }
}

/** How far the relays are behind, looked up at each reading: also by a process without a relay, as it is its absence that must be seen. */
export function meterOutbox(metrics: Metrics, runAsSystem: RunAsSystem): void {
  const oldest = metrics.gauge({ name: 'intellidocs_outbox_lag_seconds', help: 'Age of the oldest delivery that is due' })
  const pending = metrics.gauge({ name: 'intellidocs_outbox_pending', help: 'Deliveries that are due' })
  const parked = metrics.gauge({ name: 'intellidocs_outbox_parked', help: 'Deliveries given up after the last attempt' })
  const undelivered = metrics.gauge({
    name: 'intellidocs_outbox_undelivered_seconds', help: 'Age of the oldest event that some subscriber has not had, parked deliveries aside',
  })
  metrics.onRead('outbox', [oldest, pending, parked, undelivered], async () => {
    const now = await runAsSystem(lag)
    oldest.set(now.oldestSeconds)
    undelivered.set(now.undeliveredSeconds)
    pending.set(now.pending)
    parked.set(now.parked)
  })
}
