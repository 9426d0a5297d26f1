import type { FolderReadersGateway, Modules } from '@intellidocs/domain'
import type { ChecksGateway } from '@intellidocs/domain/admin/temporal'
import type { ProcessingGateway } from '@intellidocs/domain/documents/temporal'
import type { PurgeGateway } from '@intellidocs/domain/orgs/temporal'
import type { ReembeddingGateway, ReindexingGateway } from '@intellidocs/domain/search/temporal'
import type { WebhookGateway } from '@intellidocs/domain/webhooks/temporal'
import type { RunsGateway } from '@intellidocs/domain/workflows/temporal'
import type { Config, Idempotency, UnitOfWork } from '@intellidocs/kernel'
import type { Chore } from './periodic.ts'

const MINUTE = 60_000

/** The worker's ways to its runs on Temporal. */
export type Gateways = {
  readonly processing: ProcessingGateway
  readonly folderReaders: FolderReadersGateway
  readonly purge: PurgeGateway
  readonly runs: RunsGateway
  readonly webhooks: WebhookGateway
  readonly checkRuns: ChecksGateway
  readonly reembedding: ReembeddingGateway
  readonly reindexing: ReindexingGateway
}

export type ChoreDeps = {
  readonly modules: Modules
  readonly gateways: Gateways
  readonly idempotency: Idempotency
  readonly unitOfWork: UnitOfWork
  /** Puts back what a server lost that begins anew. */
  readonly prepareTemporal: () => Promise<void>
  readonly reconciling: Config['reconcile']
}

/** What somebody must do now and again; each is safe in several workers at once. */
export const chores = ({
  modules: { admin, analytics, audit, documents, mail, notifications, orgs, search, subscriptions, webhooks, workflows }, gateways, idempotency, unitOfWork, prepareTemporal, reconciling,
}: ChoreDeps): Chore[] => [
  {
    name: 'reconcile', everyMs: reconciling.everySeconds * 1000,
    run: async (signal) => {
      await prepareTemporal()
      return documents.reconcile(gateways.processing, { olderThanMs: reconciling.afterSeconds * 1000, signal })
    },
  },
  { name: 'go-on-reprocessing', everyMs: 2_000, run: (signal) => documents.goOnReprocessing(signal) },
  { name: 'reconcile-purges', everyMs: reconciling.everySeconds * 1000, run: (signal) => orgs.purge.reconcile(gateways.purge, signal) },
  { name: 'wake-webhooks', everyMs: MINUTE, run: (signal) => webhooks.wakeOverdue(gateways.webhooks, signal) },
  { name: 'remove-old-deliveries', everyMs: 60 * MINUTE, run: (signal) => webhooks.removeOldDeliveries(signal) },
  {
    name: 'reconcile-runs', everyMs: reconciling.everySeconds * 1000,
    run: (signal) => workflows.chores.reconcile(gateways.runs, { olderThanMs: reconciling.afterSeconds * 1000, signal }),
  },
  { name: 'resend-decisions', everyMs: 5_000, run: (signal) => workflows.chores.resendDecisions({ olderThanMs: 5_000, signal }) },
  { name: 'stir-stranded-runs', everyMs: MINUTE, run: (signal) => workflows.chores.stirStranded(gateways.runs, signal) },
  { name: 'start-checks', everyMs: 5_000, run: () => admin.checks.startRuns(gateways.checkRuns) },
  { name: 'sweep-blobs', everyMs: 30 * MINUTE, run: (signal) => documents.sweepBlobs(signal) },
  { name: 'seal-audit', everyMs: 1_000, run: (signal) => audit.seal(signal) },
  { name: 'sign-audit', everyMs: 5 * MINUTE, run: (signal) => audit.sign(signal) },
  { name: 'count-queries', everyMs: 15_000, run: (signal) => search.queries.count(signal) },
  { name: 'remove-old-queries', everyMs: 60 * MINUTE, run: (signal) => search.queries.removeOld(signal) },
  { name: 'keep-days', everyMs: 5_000, run: (signal) => analytics.keepDays(signal) },
  { name: 'fold-words', everyMs: 15_000, run: () => search.fold() },
  ...(search.keywordIndex === null ? [] : [{ name: 'write-keyword-index', everyMs: 1_000, run: search.keywordIndex.work }]),
  { name: 'start-reembedding', everyMs: MINUTE, run: () => search.reembedding.startRun(gateways.reembedding) },
  { name: 'start-reindexing', everyMs: 5_000, run: () => search.reindexing.startRun(gateways.reindexing) },
  { name: 'send-digests', everyMs: MINUTE, run: (signal) => notifications.sendDigests(signal) },
  { name: 'remove-old-notifications', everyMs: 60 * MINUTE, run: (signal) => notifications.removeOld(signal) },
  { name: 'remove-stale-mail', everyMs: 60 * MINUTE, run: () => mail.removeStale() },
  { name: 'refresh-subscriptions', everyMs: 60 * MINUTE, run: (signal) => subscriptions.refresh(signal) },
  { name: 'expire-idempotency-keys', everyMs: 60 * MINUTE, run: () => unitOfWork.runAsSystem((tx) => idempotency.expire(tx)) },
]
