import type { Signer } from '@intellidocs/audit'
import type { CertifiedPerson } from '@intellidocs/certificate'
import type { FlowRunId, OrgId, UserId } from '@intellidocs/contracts'
import type { AuditProof, Clock, Outbox, RunInTx } from '@intellidocs/kernel'
import type { DocumentsModule } from '../../documents/index.ts'

export type CertificatesDeps = {
  readonly runInTx: RunInTx
  readonly outbox: Outbox
  readonly clock: Clock
  readonly proof: AuditProof
  /** How people are called in an organization, see the module `privacy`; who was erased from it by a pseudonym. Those whose account ended may be absent. */
  readonly called: (orgId: OrgId, userIds: readonly UserId[]) => Promise<CertifiedPerson[]>
  readonly documents: Pick<DocumentsModule, 'facts'>
  /** Every key that may have signed, the present one first. */
  readonly signers: readonly [Signer, ...Signer[]]
}

export type OfRun = { readonly orgId: OrgId; readonly runId: FlowRunId }
