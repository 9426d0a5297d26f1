import type { BlobStore } from '@intellidocs/storage'
import type { Clock, DeletionGate, Idempotency, Log, Outbox, PassageIndex, QuotaGate, Read, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import type { FolderReadersGateway } from './folder-readers.types.ts'
import type { PagePictures } from './page-pictures.types.ts'
import type { SearchablePdfs } from './searchable-pdfs.types.ts'
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
  /** Whether bytes are checked for viruses before anybody is given them; absent, they are not. */
  readonly scanning?: boolean
  /** Absent in processes that show no pages. */
  readonly pictures?: PagePictures | undefined
  /** The same. */
  readonly searchable?: SearchablePdfs | undefined
  /** 32 bytes; seals the passwords of locked files. */
  readonly secretKey: Buffer
  /** Open what they sealed before the key was changed. */
  readonly oldSecretKeys?: readonly Buffer[]
  /** Absent in processes that do not run subscribers. */
  readonly processing?: ProcessingGateway
  /** The same. */
  readonly folderReaders?: FolderReadersGateway
}
