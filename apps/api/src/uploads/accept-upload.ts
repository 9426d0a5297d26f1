import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Request } from 'express'
import type { UploadAnswer } from '@intellidocs/contracts'
import { AppError, mustHold, type Actor } from '@intellidocs/kernel'
import type { AcceptInput } from '@intellidocs/domain'
import type { BlobStore } from '@intellidocs/storage'
import type { UploadRequest } from './upload-request.ts'

/** The largest file the API takes, bytes. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3

export type AcceptDocument = (actor: Actor, input: AcceptInput) => Promise<UploadAnswer>

/** Before any byte is read: who may not create documents does not get to fill the disk either. */
export function assertMayUpload(actor: Actor): void {
  mustHold(actor, 'documents:create')
}

/** Who sends bytes: asked at their beginning, and asked again for who may still make a document of them. */
export type Uploader = { readonly actor: Actor; again(): Promise<Actor> }
export type ActorOf = (req: Request) => Promise<Actor>

/** How old the first answer may be to count as the second. */
const FRESH_MS = 1000

/** Bytes may take hours; a right that was lost meanwhile makes no document any more. */
export async function admitUploader(actorOf: ActorOf, req: Request): Promise<Uploader> {
  const since = Date.now()
  const actor = await actorOf(req)
  return {
    actor,
    async again() {
      if (Date.now() - since < FRESH_MS) return actor
      const now = await actorOf(req)
      // The bytes lie with the organization they were sent to.
      if (now.orgId !== actor.orgId || now.userId !== actor.userId) throw new AppError('auth.forbidden')
      return now
    },
  }
}

/** Everything that makes two requests under one idempotency key the same. */
function requestHash(sha256: string, { name, folderId, onDuplicate, documentId, ocrLanguages }: UploadRequest): string {
  return createHash('sha256').update(JSON.stringify([sha256, name, folderId, onDuplicate, documentId ?? null, ...(ocrLanguages === undefined ? [] : [ocrLanguages])])).digest('hex')
}

/** Bytes in the store, and since when: an accept that comes later than the sweep of unnamed blobs allows is refused, not promised. */
export type StoredBytes = { sha256: string; size: number; at: Date }
export type StoredUpload = { stored: StoredBytes; request: UploadRequest }

/** Streams an upload into the store. Durable when this answers, a promise only after `acceptUpload`. */
export async function storeBytes(blobs: BlobStore, actor: Actor, upload: { source: Readable; sha256: string | undefined }): Promise<StoredBytes> {
  const { sha256, size } = await blobs.put(actor.orgId, upload.source, { maxBytes: MAX_UPLOAD_BYTES, expectedSha256: upload.sha256 })
  return { sha256, size, at: new Date() }
}

/** Turns stored bytes into a document. When this answers, the document is kept: the reply may go out. */
export async function acceptUpload(accept: AcceptDocument, actor: Actor, upload: StoredUpload): Promise<UploadAnswer> {
  const { stored: { sha256, size, at }, request } = upload
  if (size === 0) throw new AppError('document.empty')
  if (request.sha256 !== undefined && request.sha256 !== sha256) throw new AppError('document.checksum')
  const { name, folderId, idempotencyKey, onDuplicate, documentId, ocrLanguages } = request
  return accept(actor, {
    name, folderId, size, sha256, storedAt: at, idempotencyKey, onDuplicate, requestHash: requestHash(sha256, request),
    ...(documentId === undefined ? {} : { documentId }), ...(ocrLanguages === undefined ? {} : { ocrLanguages }),
  })
}
