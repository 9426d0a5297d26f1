import type { BlobStore } from '@intellidocs/storage'
import type { Clock, DeletionGate, Idempotency, Log, Outbox, PassageIndex, QuotaGate, Read, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import type { FolderReadersGateway } from './folder-readers.types.ts'
import type { ProcessingGateway } from './processing.types.ts'

export type DocumentsDeps = {
  readonly runInTx: RunInTx
  readonly read: Read
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly idempotency: Idempotency
  readonly quota: QuotaGate
  readonly deletions: DeletionGate
  readonly blobs: BlobStore
  readonly passages: PassageIndex
  readonly clock: Clock
  readonly log: Log
  /** 32 bytes; seals the passwords of locked files. */
  readonly secretKey: Buffer
  /** Open what they sealed before the key was changed. */
  readonly oldSecretKeys?: readonly Buffer[]
  /** Absent in processes that do not run subscribers. */
  readonly processing?: ProcessingGateway
  /** The same. */
  readonly folderReaders?: FolderReadersGateway
}
