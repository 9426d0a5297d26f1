import type { AuditProof, Clock, Idempotency, Log, Outbox, QuotaGate, RunAsSystem, RunInTx, FeatureSwitches } from '@intellidocs/kernel'
import type { DocumentsModule } from '../documents/index.ts'
import type { Acting } from '../users/index.ts'
import type { CertificatesDeps } from './certificates/certificates.types.ts'
import type { DecisionsGateway, RunsGateway } from './runs.types.ts'

export type WorkflowsDeps = {
  readonly runInTx: RunInTx
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly idempotency: Idempotency
  readonly clock: Clock
  readonly log: Log
  readonly documents: Pick<DocumentsModule, 'facts' | 'level' | 'move' | 'tags' | 'setMetadata' | 'grants'>
  readonly users: Acting
  /** See the module `users`. */
  readonly called: CertificatesDeps['called']
  readonly proof: AuditProof
  readonly quota: QuotaGate
  readonly switches: FeatureSwitches
  /** 32 bytes each, for the keys of certificates; the old ones only sign again what they signed. */
  readonly secretKey: Buffer
  readonly oldSecretKeys?: readonly Buffer[]
  /** The worker's; absent in the others, which never run subscribers. */
  readonly runs?: RunsGateway
  /** That of processes where people decide; absent where nobody does: decisions stay pending there until the worker asks for them. */
  readonly decisions?: DecisionsGateway
}
