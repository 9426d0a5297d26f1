import { join } from 'node:path'
import { openDatabase, type Database } from '@intellidocs/db'
import {
  createModules, createStripeService, isOperatorSentence, meterAnalytics, meterAudit, meterKeywordIndex, meterOpenVersions, meterReembedding, subscribersOf, type Modules,
} from '@intellidocs/domain'
import { createCheckActivities, createChecksGateway } from '@intellidocs/domain/admin/temporal'
import { createAnalyticsActivities, gaugesSchedule } from '@intellidocs/domain/analytics/temporal'
import {
  createFolderReadersActivities, createFolderReadersGateway, createProcessingActivities, createProcessingGateway, searchAttributeNames,
} from '@intellidocs/domain/documents/temporal'
import { createPurgeActivities, createPurgeGateway } from '@intellidocs/domain/orgs/temporal'
import { createRetentionActivities, sweepSchedule } from '@intellidocs/domain/retention/temporal'
import { createReembeddingActivities, createReembeddingGateway, createReindexingActivities, createReindexingGateway } from '@intellidocs/domain/search/temporal'
import { createWebhookActivities, createWebhookGateway } from '@intellidocs/domain/webhooks/temporal'
import { createUsageActivities, usageSchedule } from '@intellidocs/domain/subscriptions/temporal'
import { createApprovalActivities, createRunsGateway, digestSchedule, flowSearchAttributes } from '@intellidocs/domain/workflows/temporal'
import { createEgress } from '@intellidocs/egress'
import { loadEmbedders } from '@intellidocs/embedding'
import { createClamd, createDocumentReader, languageOf, limitsForPages, ocrPages, type VirusScanner } from '@intellidocs/extraction'
import {
  createCommitNotifier, createIdempotency, createLiveFeed, createMetrics, createOutbox, createRelay, createUnitOfWork, meterOutbox, meterPool,
  systemClock, type Config, type Log, type Metrics, type Shutdown, type Tracing, type UnitOfWork,
} from '@intellidocs/kernel'
import { createMailSender } from '@intellidocs/mail'
import { createBlobStore } from '@intellidocs/storage'
import { createDataConverter, ensureSchedule } from '@intellidocs/temporal'
import { Client } from '@temporalio/client'
import { chores, type Gateways } from './chores.ts'
import { meterQueues, serveWorkerMetrics, type WorkerPlace } from './metrics.ts'
import { countReaders, observeActivities, observeExtraction } from './observe.ts'
import { periodically } from './periodic.ts'
import { clearOldTemp } from './temp-files.ts'
import { workflowBundle } from './temporal/bundle.ts'
import { connectTemporal, prepareNamespace } from './temporal/connection.ts'
import { failedWorker } from './temporal/failed-worker.ts'
import { createWorkers, runsAtOnce } from './temporal/workers.ts'

export type WorkerDeps = {
  config: Config; log: Log; shutdown: Shutdown; tracing: Tracing
  /** Where the core of Temporal's SDK answers its metrics. */
  coreMetrics: string | undefined
}

/** Everything the worker does, begun. Each part's end is added to `shutdown`; `failed` settles when a part ends that should not have. */
export async function startWorker({ config, log, shutdown, tracing, coreMetrics }: WorkerDeps): Promise<{ failed: Promise<Error> }> {
  const metrics = createMetrics()
  const { connection, namespace, dataConverter, prepareTemporal, gateways } = await reachTemporal({ config, shutdown, tracing })
  const database = openDatabase({ url: config.databaseUrl, log })
  shutdown.add('database', () => database.close())
  await database.assertWalls()
  const { modules, unitOfWork, idempotency } = await compose({ config, log, database, gateways, tracing })
  await modules.search.reembedding.aim()
  const { admin, analytics, audit, documents, orgs, retention, search, subscriptions, webhooks, workflows } = modules

  const tempDir = join(config.dataDir, 'tmp', 'worker')
  await clearOldTemp(tempDir)
  const reader = createDocumentReader({ tempDir, limits: limitsForPages(config.maxPages), onStart: countReaders(metrics) })
  shutdown.add('readers', () => reader.close())
  const extraction = observeExtraction({ readDocument: reader.readDocument, ocrPages, languageOf }, { metrics, tracing })
  const activities = observeActivities(
    createProcessingActivities({ documents: documents.deps, extraction, scanner: scannerOf(config), ocrLangs: config.ocrLangs, tempDir }), { metrics, tracing },
  )
  const bundlePath = await workflowBundle(join(config.dataDir, 'cache', 'worker'))
  const workers = await createWorkers({
    connection, namespace, dataConverter, bundlePath,
    activities: {
      ...activities, ...createFolderReadersActivities(documents.deps), ...createPurgeActivities(orgs.purge), ...createApprovalActivities(workflows),
      ...createWebhookActivities(webhooks), ...createAnalyticsActivities(analytics), ...createRetentionActivities(retention),
      ...createUsageActivities(subscriptions), ...createCheckActivities(admin), ...createReembeddingActivities(search), ...createReindexingActivities(search),
    },
  })
  if (config.workerMetricsAddress !== undefined && coreMetrics !== undefined) {
    meterWorker(metrics, { database, unitOfWork, analytics, audit, documents, search, place: { connection, namespace, workers } })
    const server = await serveWorkerMetrics({ address: config.workerMetricsAddress, metrics, coreAddress: coreMetrics })
    shutdown.add('metrics', () => server.close())
  }

  const relay = createRelay({
    database, subscribers: subscribersOf(modules), log, clock: systemClock, signal: shutdown.signal, graceMs: 4_000, concurrency: 6, metrics, tracing,
  })
  const loops = [
    relay.run(),
    ...chores({ modules, gateways, idempotency, unitOfWork, prepareTemporal, reconciling: config.reconcile })
      .map((chore) => periodically(chore, { log, signal: shutdown.signal })),
  ]
  shutdown.add('relay and chores', async () => { await Promise.all(loops) })
  const runs = workers.map((worker) => worker.run())
  shutdown.add('workers', async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
    await Promise.all(runs.filter((_, at) => workers[at]?.getState() !== 'FAILED'))
  })
  return { failed: Promise.race([failedWorker(workers, shutdown.signal), ...[...runs, ...loops].map(unexpectedEnd)]) }
}

const scannerOf = ({ clamdAddress }: Config): VirusScanner | undefined => (clamdAddress === undefined ? undefined : createClamd(clamdAddress))

type Metered = { database: Database; unitOfWork: UnitOfWork; analytics: Modules['analytics']; audit: Modules['audit']; documents: Modules['documents']; search: Modules['search']; place: WorkerPlace }

function meterWorker(metrics: Metrics, { database, unitOfWork, analytics, audit, documents, search, place }: Metered): void {
  meterOutbox(metrics, unitOfWork.runAsSystem)
  meterOpenVersions(metrics, documents)
  meterAudit(metrics, audit)
  meterAnalytics(metrics, analytics)
  meterKeywordIndex(metrics, search)
  meterReembedding(metrics, search.reembedding)
  meterPool(metrics, database)
  meterQueues(metrics, place)
}

/** A part that ends without a failure ends because of the shutdown; then there is nothing to tell. */
async function unexpectedEnd(part: Promise<void>): Promise<Error> {
  try {
    await part
  } catch (error) {
    return error instanceof Error ? error : new Error('a part of the worker ended', { cause: error })
  }
  return new Promise(() => undefined)
}

/** The connection to Temporal, what it must hold for the product, and the ways to its runs. */
async function reachTemporal({ config, shutdown, tracing }: Pick<WorkerDeps, 'config' | 'shutdown' | 'tracing'>) {
  const { namespace } = config.temporal
  const connection = await connectTemporal(config.temporal)
  shutdown.add('temporal connection', () => connection.close())
  const dataConverter = createDataConverter({ current: config.secretKey, older: config.oldSecretKeys, isSentence: isOperatorSentence })
  const client = new Client({ connection, namespace, dataConverter })
  const prepareTemporal = async (): Promise<void> => {
    await prepareNamespace(connection, namespace, [...searchAttributeNames, ...flowSearchAttributes])
    for (const schedule of [digestSchedule, sweepSchedule, gaugesSchedule, usageSchedule]) await ensureSchedule(client, schedule)
  }
  await prepareTemporal()
  const gateways: Gateways = {
    processing: createProcessingGateway(client, { tracing, runsAtOnce }), purge: createPurgeGateway(client), folderReaders: createFolderReadersGateway(client),
    runs: createRunsGateway(client), webhooks: createWebhookGateway(client), checkRuns: createChecksGateway(client), reembedding: createReembeddingGateway(client),
    reindexing: createReindexingGateway(client),
  }
  return { connection, namespace, dataConverter, prepareTemporal, gateways }
}

type Parts = { config: Config; log: Log; database: Database; tracing: Tracing; gateways: Gateways }

async function compose({ config, log, database, gateways, tracing }: Parts) {
  const unitOfWork = createUnitOfWork({ database, clock: systemClock, tracing, onCommit: createCommitNotifier({ database, log }) })
  const idempotency = createIdempotency()
  const liveFeed = createLiveFeed({ database, log })
  const modules = createModules({
    ...unitOfWork, ...gateways, clock: systemClock, log, outbox: createOutbox({ tracing }), idempotency, liveFeed, blobs: createBlobStore(config.blobs),
    ...await loadEmbedders(config, (error) => log.error({ err: error }, 'an embedding model could not be loaded; documents are indexed without it')),
    secretKey: config.secretKey, oldSecretKeys: config.oldSecretKeys,
    egress: createEgress({ allow: config.webhookAllow }), scanning: config.clamdAddress !== undefined, orgDeleteGraceDays: config.orgDeleteGraceDays, defaultPlan: config.defaultPlan,
    payments: config.stripe === undefined ? null : createStripeService({ ...config.stripe, publicUrl: config.publicUrl }),
    ...(config.meilisearch === undefined ? {} : { meilisearch: config.meilisearch }),
    postman: { sender: createMailSender(config.mail), publicUrl: config.publicUrl },
  })
  return { modules, unitOfWork, idempotency }
}
