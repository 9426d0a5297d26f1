import type { Metrics } from '@intellidocs/kernel'
import type { Modules } from './modules.ts'

/** Documents that are waiting or in work, and for how long, looked up at each reading. The same in every process: take the highest, not the sum. */
export function meterOpenVersions(metrics: Metrics, documents: Pick<Modules['documents'], 'openVersions'>): void {
  const count = metrics.gauge<'state'>({ name: 'intellidocs_documents_open', help: 'Versions that are queued or processing', labels: ['state'] })
  const oldest = metrics.gauge<'state'>({
    name: 'intellidocs_documents_oldest_seconds', help: 'Time since the oldest queued or processing version came into its state', labels: ['state'],
  })
  metrics.onRead('documents', [], async () => {
    // Forgotten before the look, so that a look that fails leaves nothing old standing.
    count.reset()
    oldest.reset()
    const found = new Map((await documents.openVersions()).map((row) => [row.state, row]))
    for (const state of ['queued', 'processing'] as const) {
      count.set({ state }, found.get(state)?.count ?? 0)
      oldest.set({ state }, found.get(state)?.oldestSeconds ?? 0)
    }
  })
}
