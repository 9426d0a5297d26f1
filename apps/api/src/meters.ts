import type { Database } from '@intellidocs/db'
import { meterAnalytics, meterAudit, meterOpenVersions, type ModuleDeps, type Modules } from '@intellidocs/domain'
import { meterOutbox, meterPool, type Metrics, type UnitOfWork } from '@intellidocs/kernel'

/** What is looked up when somebody reads the metrics, beside what requests and sockets count themselves. */
export function meterApi(deps: {
  metrics: Metrics; database: Database; unitOfWork: UnitOfWork; modules: Pick<Modules, 'analytics' | 'audit' | 'documents'>; openSockets: () => number
}): void {
  const { metrics, database, unitOfWork, modules, openSockets } = deps
  meterOutbox(metrics, unitOfWork.runAsSystem)
  meterOpenVersions(metrics, modules.documents)
  meterAudit(metrics, modules.audit)
  meterAnalytics(metrics, modules.analytics)
  meterPool(metrics, database)
  const sockets = metrics.gauge({ name: 'intellidocs_websockets', help: 'Open websockets.' })
  metrics.onRead('sockets', [sockets], async () => sockets.set(openSockets()))
}

/** Queries by words, by what became of asking Meilisearch: `skipped` while it rests after failures. */
export function countProposals(metrics: Metrics): NonNullable<ModuleDeps['onProposal']> {
  const asked = metrics.counter<'outcome'>({ name: 'intellidocs_meilisearch_queries_total', help: 'Queries for which Meilisearch was to propose passages', labels: ['outcome'] })
  return (outcome) => asked.inc({ outcome })
}
