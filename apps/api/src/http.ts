import { createServer, type Server } from 'node:http'
import express, { type Express, type Request, type RequestHandler } from 'express'
import helmet from 'helmet'
import { AppError, newRequestId, type Actor, type Clock, type Config, type Log, type Metrics } from '@intellidocs/kernel'
import { sharePath, unsubscribePath, uploadLinkPath } from '@intellidocs/contracts'
import type { AppRouter, Modules } from '@intellidocs/domain'
import type { BlobStore } from '@intellidocs/storage'
import { exportAuditLines, type Caller, type ExportAudit } from './audit-export.ts'
import { CALL_BODY_BYTES, callProcedures, fromExpress } from './calls.ts'
import { sendCertificate, type FindCertificate } from './certificates.ts'
import type { CreateContext } from './context.ts'
import { downloadContent, type FindContent } from './downloads.ts'
import { answerMetrics, answerReadiness, type Readiness } from './health.ts'
import { answerErrors, drainBriefly } from './http-errors.ts'
import type { HttpMeter } from './http-meter.ts'
import { guardOrigins } from './origins.ts'
import type { AcceptDocument } from './uploads/accept-upload.ts'
import { serveUploadLinks } from './upload-links/serve-upload-links.ts'
import { serveShareLinks } from './share-links/serve-share-links.ts'
import { STRIPE_BODY_BYTES, stripeWebhook } from './stripe-webhook.ts'
import { unsubscribeByLink } from './unsubscribe.ts'
import type { BufferRelief } from './uploads/buffer-relief.ts'
import { guardDeadline, guardPace } from './uploads/body-guard.ts'
import { uploadDirectly } from './uploads/direct.ts'
import type { FindSearchable } from './searchable-downloads.ts'
import { sendPageImage, sendThumbnail } from './page-images.ts'
import { UPLOADS_PATH, type ResumableUploads } from './uploads/resumable.ts'

const CALL_BODY_MS = 8000
const TAKE_ANSWER_MS = 60_000

export type HttpDeps = {
  config: Pick<Config, 'allowedOrigins' | 'trustProxy' | 'filesUrl'>
  log: Log
  appRouter: AppRouter
  createContext: CreateContext
  actorOf: (req: Request) => Promise<Actor>
  callerOf: (req: Request) => Promise<Caller>
  clock: Clock
  blobs: BlobStore
  documents: { accept: AcceptDocument; content: FindContent; searchablePdf: FindSearchable; pageImage: Modules['documents']['pageImage']; thumbnail: Modules['documents']['thumbnail'] }
  exportAudit: ExportAudit
  unsubscribe: Modules['notifications']['unsubscribe']
  visiting: Modules['sharing']['visiting']
  handingIn: Modules['intake']['handingIn']
  receiveBilling: Modules['subscriptions']['receive']
  /** Counts a request of nobody against its address. */
  countCall: (ip: string) => Promise<void>
  certificate: FindCertificate
  resumable: ResumableUploads
  readiness: () => Promise<Readiness>
  /** Throws while the installation takes no changes. */
  mayChange: () => Promise<void>
  /** Null when they are served elsewhere. */
  metrics: Metrics['read'] | null
  meter: HttpMeter
  relief: BufferRelief
}

/** Every way in over HTTP. The order matters: what refuses cheaply comes first. */
export function createHttpApp(deps: HttpDeps): Express {
  const { config, log, documents, blobs, actorOf } = deps
  const app = express()
  app.disable('x-powered-by').disable('etag').set('trust proxy', [...config.trustProxy]).set('query parser', 'simple')
  app.use(helmet({ contentSecurityPolicy: { directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] }, useDefaults: false } }))
  app.use(stampRequest(deps.meter))
  app.use(guardEnd)
  app.get('/healthz', (_req, res) => void res.set('cache-control', 'no-store').json({ alive: true }))
  app.get('/readyz', answerReadiness(deps.readiness))
  if (deps.metrics !== null) app.get('/metrics', answerMetrics(deps.metrics))
  // What was paid for is told while nothing is to be changed, too: Stripe gives up after some days. It comes without an Origin.
  app.post('/webhooks/stripe', guardDeadline({ ms: CALL_BODY_MS, bytes: STRIPE_BODY_BYTES }), noStore, stripeWebhook(deps))
  app.use(refuseChanges(deps.mayChange))
  // Before Origins are looked at: a form of this page has none, and nothing is done here in the name of whoever's cookie comes along.
  const link = unsubscribeByLink(deps)
  app.get(unsubscribePath, noStore, link.show).post(unsubscribePath, guardDeadline({ ms: CALL_BODY_MS, bytes: CALL_BODY_BYTES }), noStore, link.leave)
  app.use(sharePath, noStore, serveShareLinks({ ...deps, filesUrl: config.filesUrl }))
  app.use(uploadLinkPath, noStore, serveUploadLinks({ ...deps, filesUrl: config.filesUrl }))
  app.use(guardOrigins(config.allowedOrigins))
  app.use('/trpc', guardDeadline({ ms: CALL_BODY_MS, bytes: CALL_BODY_BYTES }), noStore, callProcedures(deps))
  app.post('/api/v1/documents', guardPace(), noStore, uploadDirectly({ blobs, accept: documents.accept, actorOf, relief: deps.relief }))
  app.get('/api/v1/documents/:id/content', downloadContent({ blobs, content: documents.content, searchablePdf: documents.searchablePdf, callerOf: deps.callerOf }))
  app.get('/api/v1/documents/:id/pages/:page/image', sendPageImage({ pageImage: documents.pageImage, actorOf }))
  app.get('/api/v1/documents/:id/thumbnail', sendThumbnail({ thumbnail: documents.thumbnail, actorOf }))
  app.get('/api/v1/audit/export', noStore, exportAuditLines({ exportAudit: deps.exportAudit, callerOf: deps.callerOf, clock: deps.clock }))
  app.get('/api/v1/runs/:id/certificate', noStore, sendCertificate({ certificate: deps.certificate, actorOf }))
  app.all(`${UPLOADS_PATH}{/:id}`, guardPace(), noStore, deps.resumable.handle)
  app.use(() => { throw new AppError('procedure.not_found') })
  app.use(answerErrors(log))
  return app
}

const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('cache-control', 'no-store')
  next()
}

/** While the installation takes no changes. Procedures are told apart behind this. */
const refuseChanges = (mayChange: () => Promise<void>): RequestHandler => async (req, _res, next) => {
  if (!['GET', 'HEAD', 'OPTIONS'].includes(req.method) && !req.path.startsWith('/trpc')) await mayChange()
  next()
}

/** An id for the log, the error body and the person who asks about it. */
const stampRequest = (meter: HttpMeter): RequestHandler => (req, res, next) => {
  const requestId = newRequestId()
  res.locals['requestId'] = requestId
  res.setHeader('x-request-id', requestId)
  meter(req, res, next)
}

/** A complete answer must be taken, and a body that nobody waits for must end: either would hold connection and memory for ever. */
const guardEnd: RequestHandler = (req, res, next) => {
  res.once('prefinish', () => {
    const cut = setTimeout(() => res.destroy(), TAKE_ANSWER_MS)
    res.once('close', () => clearTimeout(cut))
  })
  res.once('finish', () => { if (!req.complete) drainBriefly(req) })
  next()
}

/** Who makes a plain HTTP request, counted as one call. Throws as an organization procedure would. */
export const createCallerOf = (createContext: CreateContext) => async (req: Request): Promise<Caller> => {
  const { res } = req
  if (res === undefined) throw new AppError('internal', { cause: new Error('a request without a response') })
  const again = res.locals['asked'] === true
  res.locals['asked'] = true
  const context = await createContext({ ...fromExpress(req, res), again })
  await context.countCall({ path: req.path, type: req.method === 'GET' || req.method === 'HEAD' ? 'query' : 'mutation' })
  if (context.person === null) throw new AppError('auth.required')
  if (context.actor === null) throw new AppError(context.orgRequested === null ? 'org.required' : 'org.not_found')
  // Bytes on their way in; an upload may still be given up.
  if (['POST', 'PATCH', 'PUT'].includes(req.method)) await context.mayEdit?.(context.actor)
  return { actor: context.actor, stillValid: context.stillValid }
}

/** A server that slow and idle connections cannot exhaust. Bodies have limits of their own (`body-guard.ts`), as a large upload may take hours. */
export function createHttpServer(app: Express): Server {
  const server = createServer({
    headersTimeout: 5000, requestTimeout: 0, connectionsCheckingInterval: 1000, keepAliveTimeout: 10_000,
    maxHeaderSize: 16 * 1024, requireHostHeader: true,
  }, app)
  server.maxConnections = 15_000
  server.maxRequestsPerSocket = 10_000
  return server
}
