import type { DocumentId, FieldValue, FolderId } from '@intellidocs/contracts'

/** Bytes that are already stored, on their way to being a document (or, with `documentId`, a new version of one). */
export type AcceptInput = {
  readonly name: string
  readonly folderId: FolderId | null
  readonly size: number
  readonly sha256: string
  /** Null: the caller asked for no idempotency. */
  readonly idempotencyKey: string | null
  /** Digest of everything that makes the request what it is; the same key with another hash is refused. */
  readonly requestHash: string
  readonly onDuplicate: 'create' | 'return'
  readonly documentId?: DocumentId
  /** When the bytes became durable. Given, an accept that comes too late for the sweep of unnamed blobs is refused instead of promised. */
  readonly storedAt?: Date
  /** Fields of a new document; names and values as `setMetadata` takes them. */
  readonly metadata?: Readonly<Record<string, FieldValue>>
  /** In which languages its pixels are read, from now on; absent: nothing is said of it. */
  readonly ocrLanguages?: readonly string[]
}

/** Where the bytes of a version are and what they are called; the caller streams them. */
export type DocumentContent = {
  readonly documentId: DocumentId
  readonly version: number
  readonly sha256: string
  readonly size: number
  readonly fileName: string
  readonly mime: string | null
}
