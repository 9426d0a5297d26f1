import { createHash } from 'node:crypto'
import type { UploadAnswer } from '@intellidocs/contracts'
import { AppError, type Actor } from '@intellidocs/kernel'
import type { AcceptInput } from '@intellidocs/domain'
import type { UploadRequest } from './upload-request.ts'

/** The largest file the API takes, bytes. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3

export type AcceptDocument = (actor: Actor, input: AcceptInput) => Promise<UploadAnswer>

/** Before any byte is read: who may not create documents does not get to fill the disk either. */
export function assertMayUpload(actor: Actor): void {
  if (!actor.permissions.has('documents:create')) throw new AppError('auth.forbidden')
}

/** Everything that makes two requests under one idempotency key the same. */
function requestHash(sha256: string, { name, folderId, onDuplicate, documentId }: UploadRequest): string {
  return createHash('sha256').update(JSON.stringify([sha256, name, folderId, onDuplicate, documentId ?? null])).digest('hex')
}

export type StoredUpload = { stored: { sha256: string; size: number }; request: UploadRequest }

/** Turns stored bytes into a document. When this answers, the document is kept: the reply may go out. */
export async function acceptUpload(accept: AcceptDocument, actor: Actor, upload: StoredUpload): Promise<UploadAnswer> {
  const { stored: { sha256, size }, request } = upload
  if (size === 0) throw new AppError('document.empty')
  if (request.sha256 !== undefined && request.sha256 !== sha256) throw new AppError('document.checksum')
  const { name, folderId, idempotencyKey, onDuplicate, documentId } = request
  return accept(actor, {
    name, folderId, size, sha256, idempotencyKey, onDuplicate, requestHash: requestHash(sha256, request),
    ...(documentId === undefined ? {} : { documentId }),
  })
}
