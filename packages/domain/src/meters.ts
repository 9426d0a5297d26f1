import type { Metrics } from '@intellidocs/kernel'
import type { Modules } from './modules.ts'

/** How far sealing is behind, looked up at each reading: also by a process that does not seal, as it is its absence that must be seen. */
export function meterAudit(metrics: Metrics, audit: Pick<Modules['audit'], 'lag'>): void {
  const lag = metrics.gauge({ name: 'intellidocs_audit_lag_seconds', help: 'Age of the oldest audit row that is not sealed' })
  metrics.onRead('audit', [lag], async () => lag.set(await audit.lag()))
}

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

/** How far a change of the embedding model has come. The same in every process. */
export function meterReembedding(metrics: Metrics, reembedding: Pick<Modules['search']['reembedding'], 'progress'>): void {
  const waiting = metrics.gauge({ name: 'intellidocs_reembedding_organizations', help: 'Organizations that wait for vectors of the configured model' })
  const made = metrics.gauge({ name: 'intellidocs_reembedding_vectors', help: 'Vectors made for these so far' })
  metrics.onRead('reembedding', [waiting, made], async () => {
    const now = await reembedding.progress()
    waiting.set(now?.waiting ?? 0)
    made.set(now?.made ?? 0)
  })
}

/** How far the figures of organizations are behind, looked up at each reading. The same in every process: take the highest, not the sum. */
export function meterAnalytics(metrics: Metrics, analytics: Pick<Modules['analytics'], 'backlog'>): void {
  const uncounted = metrics.gauge({ name: 'intellidocs_analytics_uncounted', help: 'Events that are not counted yet' })
  const oldest = metrics.gauge({ name: 'intellidocs_analytics_oldest_seconds', help: 'Age of the oldest of them' })
  const waiting = metrics.gauge<'work'>({ name: 'intellidocs_analytics_backlog', help: 'Organizations whose roll-ups are to be worked on', labels: ['work'] })
  metrics.onRead('analytics', [uncounted, oldest], async () => {
    waiting.reset()
    const now = await analytics.backlog()
    uncounted.set(now.uncounted)
    oldest.set(now.oldestSeconds)
    for (const work of ['collect', 'build', 'forget', 'sweep'] as const) waiting.set({ work }, now[work])
  })
}

/** Documents whose entries in Meilisearch are behind, looked up at each reading; nothing where there is no such server. */
export function meterKeywordIndex(metrics: Metrics, { keywordIndex }: Pick<Modules['search'], 'keywordIndex'>): void {
  if (keywordIndex === null) return
  const waiting = metrics.gauge({ name: 'intellidocs_meilisearch_waiting', help: 'Documents whose entries in Meilisearch are to be written' })
  const oldest = metrics.gauge({ name: 'intellidocs_meilisearch_oldest_seconds', help: 'For how long the oldest of them is due' })
  metrics.onRead('meilisearch', [waiting, oldest], async () => {
    const now = await keywordIndex.waiting()
    waiting.set(now.writes)
    oldest.set(now.seconds)
  })
}
