import type { Modules } from '@intellidocs/domain'
import type { ProcessingGateway } from '@intellidocs/domain/documents/temporal'
import type { PurgeGateway } from '@intellidocs/domain/orgs/temporal'
import type { RunsGateway } from '@intellidocs/domain/workflows/temporal'
import type { Config, Idempotency, UnitOfWork } from '@intellidocs/kernel'
import type { Chore } from './periodic.ts'

const MINUTE = 60_000

export type ChoreDeps = Pick<Modules, 'audit' | 'documents' | 'mail' | 'orgs' | 'search' | 'workflows'> & {
  readonly idempotency: Idempotency
  readonly unitOfWork: UnitOfWork
  readonly processing: ProcessingGateway
  readonly purge: PurgeGateway
  readonly runs: RunsGateway
  /** Puts back what a server lost that begins anew. */
  readonly prepareTemporal: () => Promise<void>
  readonly reconciling: Config['reconcile']
}

/** What somebody must do now and again; each is safe in several workers at once. */
export const chores = ({
  audit, documents, mail, orgs, search, workflows, idempotency, unitOfWork, processing, purge, runs, prepareTemporal, reconciling,
}: ChoreDeps): Chore[] => [
  {
    name: 'reconcile', everyMs: reconciling.everySeconds * 1000,
    run: async (signal) => {
      await prepareTemporal()
      return documents.reconcile(processing, { olderThanMs: reconciling.afterSeconds * 1000, signal })
    },
  },
  { name: 'reconcile-purges', everyMs: reconciling.everySeconds * 1000, run: (signal) => orgs.purge.reconcile(purge, signal) },
  {
    name: 'reconcile-runs', everyMs: reconciling.everySeconds * 1000,
    run: (signal) => workflows.chores.reconcile(runs, { olderThanMs: reconciling.afterSeconds * 1000, signal }),
  },
  { name: 'resend-decisions', everyMs: 5_000, run: (signal) => workflows.chores.resendDecisions({ olderThanMs: 5_000, signal }) },
  { name: 'stir-stranded-runs', everyMs: MINUTE, run: (signal) => workflows.chores.stirStranded(runs, signal) },
  { name: 'sweep-blobs', everyMs: 30 * MINUTE, run: (signal) => documents.sweepBlobs(signal) },
  { name: 'seal-audit', everyMs: 2_000, run: (signal) => audit.seal(signal) },
  { name: 'sign-audit', everyMs: 5 * MINUTE, run: (signal) => audit.sign(signal) },
  { name: 'fold-words', everyMs: 15_000, run: () => search.fold() },
  { name: 'remove-stale-mail', everyMs: 60 * MINUTE, run: () => mail.removeStale() },
  { name: 'expire-idempotency-keys', everyMs: 60 * MINUTE, run: () => unitOfWork.runAsSystem((tx) => idempotency.expire(tx)) },
]
