import type { AttemptGuard, Clock, Log, MailQueue, MemberActor, Outbox, RunAsIdentity, RunInTx } from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import type { DocumentsModule } from '../documents/index.ts'
import type { Passwords } from '../users/index.ts'
import type { RequestsRepository } from './requests.repository.ts'

export type IntakeDeps = {
  readonly runInTx: RunInTx
  readonly runAsIdentity: RunAsIdentity
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  readonly mail: MailQueue
  readonly blobs: BlobStore
  readonly attempts: AttemptGuard
  readonly memberActor: MemberActor
  readonly passwords: Passwords
  readonly documents: Pick<DocumentsModule, 'acceptTogether' | 'enterFolder' | 'mayAdd'>
  readonly requests: RequestsRepository
  /** The origin of links, without a slash at its end. */
  readonly filesUrl: string
  /** 32 bytes; marks forms whose password was given. */
  readonly secretKey: Buffer
  /** That one first, and those before it. */
  readonly secretKeys: readonly Buffer[]
}
