import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { DocumentId } from '@intellidocs/contracts'
import { createModules, isOperatorSentence, subscribersOf, type Modules } from '@intellidocs/domain'
import {
  createFolderReadersActivities, createFolderReadersGateway, createProcessingActivities, createProcessingGateway, searchAttributeNames, type ActivityDeps,
} from '@intellidocs/domain/documents/temporal'
import { createPurgeActivities, createPurgeGateway } from '@intellidocs/domain/orgs/temporal'
import { createRetentionActivities } from '@intellidocs/domain/retention/temporal'
import { createReembeddingActivities, createReembeddingGateway, createReindexingActivities, createReindexingGateway } from '@intellidocs/domain/search/temporal'
import { createWebhookActivities, createWebhookGateway } from '@intellidocs/domain/webhooks/temporal'
import { createEgress } from '@intellidocs/egress'
import { createCheckActivities, createChecksGateway } from '@intellidocs/domain/admin/temporal'
import { createAnalyticsActivities } from '@intellidocs/domain/analytics/temporal'
import { createUsageActivities } from '@intellidocs/domain/subscriptions/temporal'
import { createApprovalActivities, createRunsGateway, flowSearchAttributes } from '@intellidocs/domain/workflows/temporal'
import { createDocumentReader, languageOf, ocrPages, type VirusScanner } from '@intellidocs/extraction'
import {
  createCommitNotifier, createIdempotency, createLiveFeed, createLog, createOutbox, createRelay, createUnitOfWork, newId, systemClock, type Actor,
} from '@intellidocs/kernel'
import { createFileBlobStore } from '@intellidocs/storage'
import { createDataConverter } from '@intellidocs/temporal'
import { createTestOrg, testDatabase, testTemporal } from '@intellidocs/testing'
import { Client } from '@temporalio/client'
import { installRuntime } from './temporal/runtime.ts'
import { workflowBundle } from './temporal/bundle.ts'
import { connectTemporal, prepareNamespace } from './temporal/connection.ts'
import { createWorkers } from './temporal/workers.ts'

const log = createLog({ level: 'silent', name: 'test' })
/** A receiver that hangs does so for longer than any test looks. */
const HANGING_MS = 110_000
/** The recorded histories are sealed with it as well. */
export const testSecretKey = createHash('sha256').update('key of the tests of the worker').digest()

export type Extraction = ActivityDeps['extraction']
/** What stands in place of reading as long as a test has it there; what is undefined reads for real. */
export type Instead = { readDocument?: Extraction['readDocument'] | undefined; ocrPages?: Extraction['ocrPages'] | undefined }

/**
 * Database, blobs, Temporal and the composed modules for one test file; workers and relay run only while asked to. `given`: not the run's Temporal
 * server. With a `scanner` what comes is looked at for viruses. Only for tests.
 */
export async function openTestHouse(given?: { address: string; namespace: string }, { scanner }: { scanner?: VirusScanner } = {}) {
  const database = await testDatabase()
  const temporal = given ?? await testTemporal()
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-worker-test-'))
  const reader = createDocumentReader({ tempDir: folder })
  const realExtraction: Extraction = { readDocument: reader.readDocument, ocrPages, languageOf }
  const blobs = createFileBlobStore(join(folder, 'blobs'))
  const people = await createTestOrg(database.database)
  const { connection, client, dataConverter, gateways } = await reachTemporal(temporal)
  const onCommit = createCommitNotifier({ database: database.database, log })
  const unitOfWork = createUnitOfWork({ database: database.database, clock: systemClock, onCommit })
  const modules = createModules({
    ...unitOfWork, clock: systemClock, log, outbox: createOutbox(), idempotency: createIdempotency(),
    liveFeed: createLiveFeed({ database: database.database, log }),
    blobs, embedder: null, secretKey: testSecretKey, ...gateways, egress: createEgress({ allow: ['127.0.0.0/8'], timeoutMs: HANGING_MS }), scanning: scanner !== undefined,
  })
  const { documents } = modules

  async function upload(content: string | Buffer, name: string, actor: Actor = people.editor, documentId?: DocumentId) {
    const bytes = Buffer.from(content)
    const { sha256, size } = await blobs.put(actor.orgId, Readable.from([bytes]), { maxBytes: 1e9 })
    const answer = await documents.accept(actor, {
      name, folderId: null, size, sha256, idempotencyKey: null, requestHash: newId(), onDuplicate: 'create',
      ...(documentId === undefined ? {} : { documentId }),
    })
    return answer.document
  }

  /** Relay and workers in this process, until `stop`. */
  async function work(instead: Instead = {}) {
    const stop = new AbortController()
    const reading = { documents: documents.deps, extraction: withInstead(realExtraction, instead), ocrLangs: ['eng'], tempDir: join(folder, 'tmp'), scanner }
    const bundlePath = await workflowBundle(join(tmpdir(), 'intellidocs-test-bundles'))
    const workers = await createWorkers({
      connection, namespace: temporal.namespace, dataConverter, bundlePath,
      activities: activitiesOf(modules, reading),
    })
    const relay = createRelay({
      database: database.database, subscribers: subscribersOf(modules), log, clock: systemClock, signal: stop.signal, pollMs: 100,
    })
    const parts = [relay.run(), ...workers.map((worker) => worker.run())]
    return {
      async stop() {
        stop.abort()
        for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
        await Promise.all(parts)
      },
    }
  }

  const get = (id: DocumentId) => documents.get(people.editor, { id })
  /** Waits until the document is read, or is not going to be. */
  const settled = (id: DocumentId) => until(() => get(id), ({ state }) => state !== 'queued' && state !== 'processing')
  const pages = async (id: DocumentId) => (await documents.pages(people.editor, { id, limit: 200 })).items

  return {
    ...people, get, settled, pages, database: database.database, url: database.url, adminUrl: database.adminUrl, temporal, folder, blobs, client, realExtraction,
    ...gateways, gatewayOfRuns: gateways.runs, modules, documents, upload, work,
    async close() {
      await reader.close()
      await connection.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const activitiesOf = ({ admin, analytics, orgs, retention, search, subscriptions, webhooks, workflows }: Modules, reading: ActivityDeps) => ({
  ...createProcessingActivities(reading), ...createFolderReadersActivities(reading.documents), ...createPurgeActivities(orgs.purge),
  ...createApprovalActivities(workflows), ...createWebhookActivities(webhooks), ...createAnalyticsActivities(analytics), ...createRetentionActivities(retention),
  ...createUsageActivities(subscriptions), ...createCheckActivities(admin), ...createReembeddingActivities(search), ...createReindexingActivities(search),
})

/** Looks at each call what stands there, so that a test may put it there while the workers run. */
const withInstead = (real: Extraction, instead: Instead): Extraction => ({
  ...real,
  readDocument: (input) => (instead.readDocument ?? real.readDocument)(input),
  ocrPages: (input) => (instead.ocrPages ?? real.ocrPages)(input),
})

async function reachTemporal(temporal: { address: string; namespace: string }) {
  const dataConverter = createDataConverter({ current: testSecretKey, isSentence: isOperatorSentence })
  installRuntime(log)
  const connection = await connectTemporal(temporal)
  await prepareNamespace(connection, temporal.namespace, [...searchAttributeNames, ...flowSearchAttributes])
  const client = new Client({ connection, namespace: temporal.namespace, dataConverter })
  const gateways = {
    processing: createProcessingGateway(client), purge: createPurgeGateway(client), folderReaders: createFolderReadersGateway(client),
    runs: createRunsGateway(client), webhooks: createWebhookGateway(client), checkRuns: createChecksGateway(client), reembedding: createReembeddingGateway(client),
    reindexing: createReindexingGateway(client),
  }
  return { connection, dataConverter, client, gateways }
}

export type TestHouse = Awaited<ReturnType<typeof openTestHouse>>

/** Asks until the answer pleases; the test's own time-out is the limit. */
export async function until<T>(ask: () => Promise<T>, pleases: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (pleases(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
