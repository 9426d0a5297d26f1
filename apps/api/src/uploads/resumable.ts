import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Server, type ServerOptions } from '@tus/server'
import type { Request, RequestHandler, Response } from 'express'
import { AppError, failpoint, httpStatusOf, logErrorOnce, type Actor, type Log } from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import { errorBody, toHttpError } from '../http-errors.ts'
import {
  acceptUpload, admitUploader, assertMayUpload, MAX_UPLOAD_BYTES, storeBytes, type AcceptDocument, type ActorOf, type Uploader,
} from './accept-upload.ts'
import type { BufferRelief } from './buffer-relief.ts'
import { ResumableStore, UPLOAD_LIFETIME_MS, type Finished } from './resumable-store.ts'
import { parseUploadRequest, readUploadMetadata, statusOf } from './upload-request.ts'

export const UPLOADS_PATH = '/api/v1/uploads'
const idShape = /^[0-9a-f]{32}$/

type Deps = { blobs: BlobStore; accept: AcceptDocument; actorOf: ActorOf; dataDir: string; log: Log; relief: BufferRelief }
type Caller = Uploader & { requestId: string }
type TusRequest = Parameters<NonNullable<ServerOptions['onIncomingRequest']>>[0]

/** Uploads that survive cuts (tus 1.0.0). The last byte is answered with what `POST /api/v1/documents` would say. */
export type ResumableUploads = { handle: RequestHandler; sweep(now: Date): Promise<number> }

const ownFolder = ({ orgId, userId }: Actor): string => join(orgId, userId)
const documentHeaders = ({ answer }: Finished): Record<string, string> =>
  ({ 'x-document-id': answer.document.id, 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })

/**
 * Bytes become a blob, then a document, then an answer that is kept. Whoever comes while this runs waits for the same outcome; after a
 * crash in between it runs again, and the upload's own idempotency key makes it one document all the same.
 */
function createFinisher({ blobs, accept }: Pick<Deps, 'blobs' | 'accept'>, store: ResumableStore) {
  const running = new Map<string, Promise<Finished>>()
  const finish = async (id: string, actor: Actor, metadata: Record<string, string | null> | undefined): Promise<Finished> => {
    const before = await store.finished(id)
    if (before !== null) return before
    const asked = parseUploadRequest(readUploadMetadata(metadata))
    const request = { ...asked, idempotencyKey: asked.idempotencyKey ?? `tus:${id.slice(-32)}` }
    const stored = await storeBytes(blobs, actor, { source: store.bytes(id), sha256: request.sha256 })
    await failpoint('after_blob_fsync')
    const finished = { size: stored.size, answer: await acceptUpload(accept, actor, { stored, request }) }
    await failpoint('after_commit_before_reply')
    await store.finish(id, finished)
    return finished
  }
  return (id: string, actor: Actor, metadata: Record<string, string | null> | undefined): Promise<Finished> => {
    const mine = running.get(id) ?? finish(id, actor, metadata).finally(() => running.delete(id))
    running.set(id, mine)
    return mine
  }
}

export function createResumableUploads(deps: Deps): ResumableUploads {
  const store = new ResumableStore({ directory: join(deps.dataDir, 'uploads'), relief: deps.relief })
  const finish = createFinisher(deps, store)
  const callers = new WeakMap<IncomingMessage, Caller>()
  const callerOf = (req: TusRequest): Caller => {
    const node = req.runtime?.node?.req
    const caller = node === undefined ? undefined : callers.get(node as IncomingMessage)
    if (caller === undefined) throw new AppError('auth.required')
    return caller
  }
  const tus = new Server({ datastore: store, ...tusOptions({ callerOf, finish, log: deps.log }) })

  async function handle(req: Request, res: Response): Promise<void> {
    const uploader = await admitUploader(deps.actorOf, req)
    const { actor } = uploader
    // Neither does anybody who may not make documents add to what becomes one, or give it up: a key with fewer scopes than its owner, for one.
    if (!['GET', 'HEAD', 'OPTIONS'].includes(req.method)) assertMayUpload(actor)
    const name = req.params['id']
    if (typeof name === 'string' && idShape.test(name)) {
      if (await answerFinished(req, res, { id: join(ownFolder(actor), name), actor, store, finish, log: deps.log })) return
    } else if (name !== undefined) throw new AppError('upload.not_found')
    callers.set(req, { ...uploader, requestId: String(res.locals['requestId']) })
    await tus.handle(req, res)
  }
  return { handle, sweep: (now) => store.sweep(new Date(now.getTime() - UPLOAD_LIFETIME_MS)) }
}

type AnswerDeps = { id: string; actor: Actor; store: ResumableStore; finish: ReturnType<typeof createFinisher>; log: Log }

/**
 * Questions about an upload whose bytes are all here. The protocol calls it done then, so it must not say so before the document is kept:
 * what is not yet accepted is accepted now, or the failure is told; 423 to HEAD where it is ours. True when the request was answered.
 */
async function answerFinished(req: Request, res: Response, { id, actor, store, finish, log }: AnswerDeps): Promise<boolean> {
  if (!['GET', 'HEAD', 'PATCH'].includes(req.method)) return false
  let finished = await store.finished(id)
  if (finished === null) {
    const progress = await store.progress(id)
    if (progress === null) throw new AppError('upload.not_found')
    const complete = progress.size !== null && progress.offset === progress.size
    if (!complete && req.method === 'GET') {
      res.json({ state: 'receiving', offset: progress.offset, size: progress.size })
      return true
    }
    if (!complete) return false
    try {
      finished = await finish(id, actor, progress.metadata)
    } catch (thrown) {
      const error = toHttpError(thrown)
      if (req.method !== 'HEAD' || httpStatusOf(error) < 500) throw error
      // Senders (tus-js-client) that hear of a failure here begin a new upload, whose bytes are sent and stored beside these. Locked means: later.
      logErrorOnce(log, error, { requestId: String(res.locals['requestId']), method: req.method, path: UPLOADS_PATH })
      res.set('tus-resumable', '1.0.0').status(423).end()
      return true
    }
  }
  res.set({ ...documentHeaders(finished), 'tus-resumable': '1.0.0', 'upload-offset': String(finished.size), 'upload-length': String(finished.size) })
  if (req.method === 'GET') res.json({ state: 'finished', ...finished.answer })
  else res.status(req.method === 'HEAD' ? 200 : 204).end()
  return true
}

type TusDeps = { callerOf: (req: TusRequest) => Caller; finish: ReturnType<typeof createFinisher>; log: Log }

function tusOptions({ callerOf, finish, log }: TusDeps): Omit<ServerOptions, 'locker'> {
  return {
    path: UPLOADS_PATH,
    maxSize: MAX_UPLOAD_BYTES,
    disableTerminationForFinishedUploads: true,
    // The address that the sender knows holds the random part only.
    namingFunction: (req) => join(ownFolder(callerOf(req).actor), randomBytes(16).toString('hex')),
    generateUrl: (_req, { path, id }) => `${path}/${id.slice(-32)}`,
    getFileIdFromRequest: (req, last) => (last !== undefined && idShape.test(last) ? join(ownFolder(callerOf(req).actor), last) : undefined),
    // CORS headers are set before, for allowed origins only; the library would name one for everybody.
    allowedOrigins: () => false,
    async onUploadCreate(_req, upload) {
      if (upload.size === 0) throw new AppError('document.empty')
      parseUploadRequest(readUploadMetadata(upload.metadata))
      return {}
    },
    async onUploadFinish(req, upload) {
      const finished = await finish(upload.id, await callerOf(req).again(), upload.metadata)
      return { status_code: statusOf(finished.answer), headers: documentHeaders(finished), body: JSON.stringify(finished.answer) }
    },
    onResponseError(req, thrown) {
      // Refusals of the protocol itself (wrong offset, no such upload) keep the library's status.
      if (!(thrown instanceof Error)) return undefined
      const { requestId } = callerOf(req)
      const error = toHttpError(thrown)
      logErrorOnce(log, error, { requestId, method: req.method, path: UPLOADS_PATH })
      return { status_code: httpStatusOf(error), body: JSON.stringify(errorBody(error, requestId)) }
    },
  }
}
