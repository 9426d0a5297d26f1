import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Express, Request } from 'express'
import type { Database } from '@intellidocs/db'
import { createAppRouter, createModules, createStripeService, type DecisionsGateway, type Modules, type PaymentService } from '@intellidocs/domain'
import { createEgress } from '@intellidocs/egress'
import { createAnswerModel, type Embedder } from '@intellidocs/embedding'
import {
  createCommitNotifier, createIdempotency, createLiveFeed, createMetrics, createOutbox, createUnitOfWork, noTracing,
  type Clock, type Config, type Log, type Metrics, type Tracing,
} from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import { createCallObserver } from './call-observer.ts'
import { createContextFactory } from './context.ts'
import { createReadiness, reachTcp, tcpAddress, type Check } from './health.ts'
import { createHttpMeter } from './http-meter.ts'
import { createCallerOf, createHttpApp, createHttpServer } from './http.ts'
import { countProposals, meterApi } from './meters.ts'
import { createRateLimits, type RateLimitSettings } from './rate-limits.ts'
import { repeat } from './repeat.ts'
import { createSocketMeter } from './socket-meter.ts'
import { createBufferRelief } from './uploads/buffer-relief.ts'
import { createResumableUploads } from './uploads/resumable.ts'
import { createValidity } from './validity.ts'
import { serveWebsockets, type WsServer } from './ws.ts'

/** Requests that are still running when the process is asked to end get this long. */
const DRAIN_MS = 8000
const HOUR_MS = 3_600_000
/** What a process that is killed has not counted yet is no older. */
const CALLS_MS = 2_000

export type ApiDeps = {
  config: Pick<
    Config, 'allowedOrigins' | 'trustProxy' | 'dataDir' | 'secretKey' | 'oldSecretKeys' | 'temporal' | 'metricsAddress' | 'signUp' | 'orgDeleteGraceDays' | 'shareActivityDays' | 'defaultPlan' | 'webhookAllow'
    | 'publicUrl' | 'filesUrl'
    | 'clamdAddress' | 'stripe' | 'answers' | 'meilisearch'
  >
  log: Log
  clock: Clock
  database: Database
  blobs: BlobStore
  embedder: Embedder | null
  formerEmbedders?: readonly Embedder[]
  /** Absent: decisions stay pending until a worker asks for them. */
  decisions?: DecisionsGateway
  /** Instead of the one that the configuration names. */
  payments?: PaymentService
  rateLimits?: RateLimitSettings
  tracing?: Tracing
}
export type Api = {
  readonly modules: Modules
  /** Answers the port that is listened on; 0 takes a free one. */
  listen(port: number, host?: string): Promise<number>
  readonly readMetrics: Metrics['read']
  /** Takes nothing new, tells sockets to come back (1012), lets running requests finish for up to 8 s. Leaves the database open. */
  close(): Promise<void>
}

const checksOf = ({ config, database, blobs, embedder }: ApiDeps, modules: () => Modules): Check[] => [
  { name: 'database', needed: true, probe: () => database.ping() },
  { name: 'blobs', needed: true, probe: () => blobs.ping() },
  { name: 'temporal', needed: false, probe: () => reachTcp(config.temporal.address) },
  ...(config.clamdAddress === undefined ? [] : [scanCheck(config.clamdAddress)]),
  ...(config.meilisearch === undefined ? [] : [typosCheck(config.meilisearch.url)]),
  { name: 'meaning', needed: false, probe: () => (embedder === null ? Promise.reject(new Error('no model')) : Promise.resolve()) },
  { name: 'vectors', needed: false, probe: () => modules().search.reembedding.assertDone() },
]

/** The whole API process without its environment, so that tests run the real thing. */
export function createApi(deps: ApiDeps): Api {
  const { config, log, clock, database, blobs, tracing = noTracing } = deps
  const metrics = createMetrics()
  const limits = createRateLimits(deps.rateLimits)
  const liveFeed = createLiveFeed({ database, log, metrics })
  const unitOfWork = createUnitOfWork({ database, clock, tracing, onCommit: createCommitNotifier({ database, log }) })
  const readiness = createReadiness(checksOf(deps, () => modules))
  const modules = createModules({
    ...unitOfWork, checks: readiness, clock, log, blobs, liveFeed, outbox: createOutbox({ tracing }), idempotency: createIdempotency(), embedder: deps.embedder, formerEmbedders: deps.formerEmbedders ?? [],
    answers: config.answers === undefined ? null : createAnswerModel(config.answers),
    secretKey: config.secretKey, oldSecretKeys: config.oldSecretKeys, attemptGuard: limits.attempts, signUp: config.signUp,
    orgDeleteGraceDays: config.orgDeleteGraceDays, shareActivityDays: config.shareActivityDays, defaultPlan: config.defaultPlan, filesUrl: config.filesUrl ?? config.publicUrl,
    picturesDir: join(config.dataDir, 'pictures'), egress: createEgress({ allow: config.webhookAllow }),
    scanning: config.clamdAddress !== undefined,
    ...(config.meilisearch === undefined ? {} : { meilisearch: config.meilisearch, onProposal: countProposals(metrics) }),
    payments: deps.payments ?? (config.stripe === undefined ? null : createStripeService({ ...config.stripe, publicUrl: config.publicUrl })),
    ...(deps.decisions === undefined ? {} : { decisions: deps.decisions }),
  })
  const appRouter = createAppRouter(modules)
  const validity = createValidity(modules.users.stillValid)
  const observeCall = createCallObserver({ metrics, tracing })
  const createContext = createContextFactory({ users: modules.users, limits, validity, log, observeCall, mayChange: modules.admin.mayChange, mayEdit: modules.subscriptions.mayEdit, switches: modules.admin.switches, meterCall: modules.subscriptions.apiCalls.count })
  const callerOf = createCallerOf(createContext)
  const actorOf = async (req: Request) => (await callerOf(req)).actor
  const relief = createBufferRelief()
  const resumable = createResumableUploads({ blobs, accept: modules.documents.accept, actorOf, dataDir: config.dataDir, log, relief })
  const app = createHttpApp({
    config, log, appRouter, createContext, actorOf, callerOf, clock, blobs, documents: modules.documents, exportAudit: modules.audit.export,
    certificate: modules.workflows.certificates.file, resumable, relief,
    unsubscribe: modules.notifications.unsubscribe, receiveBilling: modules.subscriptions.receive, visiting: modules.sharing.visiting, handingIn: modules.intake.handingIn, countCall: (ip) => limits.countCall({ ip, userId: null }),
    readiness, mayChange: modules.admin.mayChange,
    metrics: config.metricsAddress === undefined ? metrics.read : null,
    meter: createHttpMeter({ metrics, tracing, log }),
  })
  const server = createHttpServer(app)
  const sockets = serveWebsockets({
    server, log, appRouter, createContext, validity, allowedOrigins: config.allowedOrigins, ipOf: (req) => addressOf(app, req),
    meter: createSocketMeter(metrics),
  })
  meterApi({ metrics, database, unitOfWork, modules, openSockets: sockets.clients })
  const chores = startChores({ modules, log, sweepUploads: () => resumable.sweep(clock.now()) })
  return {
    modules,
    listen: (port, host) => listen(server, port, host),
    readMetrics: metrics.read,
    async close() {
      for (const stop of chores) stop()
      await drain(server, sockets)
      await countLast(modules, log)
      await liveFeed.close()
    },
  }
}

const startChores = ({ modules, log, sweepUploads }: { modules: Modules; log: Log; sweepUploads: () => Promise<unknown> }): (() => void)[] => [
  repeat({ name: 'remove expired sessions and tokens', everyMs: HOUR_MS, log, work: () => modules.users.removeExpired() }),
  repeat({ name: 'remove expired codes and old visits of links', everyMs: HOUR_MS, log, work: () => modules.sharing.removeExpired() }),
  repeat({ name: 'remove expired uploads', everyMs: HOUR_MS, log, work: sweepUploads }),
  repeat({ name: 'count calls by keys', everyMs: CALLS_MS, log, work: () => modules.subscriptions.apiCalls.flush() }),
]

/** What a key called since the last flush; where the database is away, it is lost as in a kill. */
async function countLast({ subscriptions }: Modules, log: Log): Promise<void> {
  try {
    await subscriptions.apiCalls.flush()
  } catch (error) {
    log.warn({ err: error }, 'the last calls by keys could not be counted')
  }
}

/** Without it uploads wait, and everything else works. */
/** That the process answers and no more; whether it serves is told by the answers of search. */
const typosCheck = (url: string): Check => ({ name: 'typos', needed: false, probe: () => reachTcp(tcpAddress(new URL(url))) })
const scanCheck = (address: string): Check => ({ name: 'viruses', needed: false, probe: () => reachTcp(address) })

/** As Express sees the caller behind trusted proxies, for a request that Express never handles. */
function addressOf(app: Express, req: IncomingMessage): string {
  const request = Object.setPrototypeOf(req, app.request) as Request
  return request.ip ?? ''
}

function listen(server: Server, port: number, host: string | undefined): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', reject)
  server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
    server.off('error', reject)
    resolve((server.address() as AddressInfo).port)
  })
  return promise
}

async function drain(server: Server, sockets: WsServer): Promise<void> {
  const closed = new Promise<void>((resolve) => { server.close(() => resolve()) })
  // Answers that are still to come say that the connection ends, and what fell idle meanwhile is closed.
  server.on('request', (_req, res) => res.setHeader('connection', 'close'))
  const idle = setInterval(() => server.closeIdleConnections(), 100)
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await Promise.all([sockets.close(), closed])
  clearInterval(idle)
  clearTimeout(cut)
}
