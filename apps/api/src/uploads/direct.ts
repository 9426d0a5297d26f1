import { Transform, type Readable } from 'node:stream'
import { callbackify } from 'node:util'
import type { Request, RequestHandler } from 'express'
import { AppError, failpoint, type Actor } from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import {
  acceptUpload, admitUploader, assertMayUpload, MAX_UPLOAD_BYTES, storeBytes, type AcceptDocument, type ActorOf, type StoredUpload,
} from './accept-upload.ts'
import type { BufferRelief } from './buffer-relief.ts'
import { readForm } from './multipart.ts'
import { parseUploadRequest, readUploadHeaders, statusOf } from './upload-request.ts'

type Deps = { blobs: BlobStore; accept: AcceptDocument; actorOf: ActorOf; relief: BufferRelief }
type Target = { blobs: BlobStore; actor: Actor; relief: BufferRelief }

/** `POST /api/v1/documents`: the bytes as the body, or a form with one file. Stored and fsynced first, then made a document, then answered. */
export function uploadDirectly({ blobs, accept, actorOf, relief }: Deps): RequestHandler {
  return async (req, res) => {
    const { actor, again } = await admitUploader(actorOf, req)
    assertMayUpload(actor)
    const announced = Number(req.headers['content-length'] ?? 0)
    if (announced > MAX_UPLOAD_BYTES) throw new AppError('input.too_large', { details: { maxBytes: MAX_UPLOAD_BYTES } })
    const target = { blobs, actor, relief }
    const received = req.is('multipart/form-data') ? await receiveForm(target, req) : await receiveBody(target, req)
    await failpoint('after_blob_fsync')
    const answer = await acceptUpload(accept, await again(), received)
    await failpoint('after_commit_before_reply')
    res.once('finish', () => void failpoint('after_reply'))
    res.status(statusOf(answer)).location(`/api/v1/documents/${answer.document.id}/content`).json(answer)
  }
}

/**
 * The body as a stream of its own. The store destroys what it refuses, and a destroyed request takes its connection along: the sender
 * would never read that the disk is full.
 */
function bodyOf(req: Request, relief: BufferRelief): Readable {
  const announced = Number(req.headers['content-length'] ?? 0)
  let received = 0
  const body = new Transform({
    highWaterMark: 256 * 1024,
    transform: callbackify(async (chunk: Buffer, _encoding: BufferEncoding): Promise<Buffer> => {
      relief(chunk.length)
      const place = received === 0 ? 'upload_first_byte' : received >= announced / 2 ? 'upload_half' : null
      received += chunk.length
      if (place !== null) await failpoint(place)
      return chunk
    }),
  })
  // Whoever reads the body is told; without a listener an early failure would end the process.
  body.on('error', () => undefined).once('close', () => req.unpipe(body))
  const hungUp = (): void => { if (!req.complete) body.destroy(new Error('the sender hung up')) }
  // Who left while we looked up who it was does not say so again, and would keep a file open for ever.
  if (req.closed) hungUp()
  else req.once('close', hungUp)
  return req.pipe(body)
}

async function receiveBody({ blobs, actor, relief }: Target, req: Request): Promise<StoredUpload> {
  const request = parseUploadRequest(readUploadHeaders(req.headers))
  const stored = await storeBytes(blobs, actor, { source: bodyOf(req, relief), sha256: request.sha256 })
  return { stored, request }
}

/** Fields of the form count where the header of the same meaning is absent. */
async function receiveForm({ blobs, actor, relief }: Target, req: Request): Promise<StoredUpload> {
  const headers = readUploadHeaders(req.headers)
  const { stored, fileName, fields } = await readForm(req, { maxBytes: MAX_UPLOAD_BYTES, relief },
    (source) => storeBytes(blobs, actor, { source, sha256: headers.sha256?.toLowerCase() }))
  const request = parseUploadRequest({
    name: headers.name ?? fields.get('name') ?? fileName,
    folderId: headers.folderId ?? fields.get('folderId'),
    documentId: headers.documentId ?? fields.get('documentId'),
    idempotencyKey: headers.idempotencyKey ?? fields.get('idempotencyKey'),
    onDuplicate: headers.onDuplicate ?? fields.get('onDuplicate'),
    sha256: headers.sha256 ?? fields.get('sha256'),
    ocrLanguages: headers.ocrLanguages ?? fields.get('ocrLanguages'),
  })
  return { stored, request }
}
