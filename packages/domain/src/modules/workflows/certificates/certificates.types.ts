import type { Signer } from '@intellidocs/audit'
import type { FlowRunId, OrgId, UserId } from '@intellidocs/contracts'
import type { AuditProof, Clock, Outbox, RunInTx } from '@intellidocs/kernel'
import type { DocumentsModule } from '../../documents/index.ts'
import type { Called } from '../../users/index.ts'

export type CertificatesDeps = {
  readonly runInTx: RunInTx
  readonly outbox: Outbox
  readonly clock: Clock
  readonly proof: AuditProof
  /** How people are called, see the module `users`. */
  readonly called: (userIds: readonly UserId[]) => Promise<Called[]>
  readonly documents: Pick<DocumentsModule, 'facts'>
  /** Every key that may have signed, the present one first. */
  readonly signers: readonly [Signer, ...Signer[]]
}

export type OfRun = { readonly orgId: OrgId; readonly runId: FlowRunId }
