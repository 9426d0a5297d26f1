import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processingRunId } from '@intellidocs/contracts'
import type { AnalyticsActivities } from '@intellidocs/domain/analytics/temporal'
import {
  createFolderReadersGateway, createProcessingGateway, folderReadersRunId, searchAttributeNames, type FolderReadersActivities,
  type FolderReadersRef, type ProcessingActivities, type ProcessingRef,
} from '@intellidocs/domain/documents/temporal'
import { createPurgeGateway, purgeRunId, type PurgeActivities, type PurgeRef } from '@intellidocs/domain/orgs/temporal'
import type { RetentionActivities } from '@intellidocs/domain/retention/temporal'
import type { CheckActivities } from '@intellidocs/domain/admin/temporal'
import type { ReembeddingActivities, ReindexingActivities } from '@intellidocs/domain/search/temporal'
import type { UsageActivities } from '@intellidocs/domain/subscriptions/temporal'
import { createWebhookGateway, webhookRunId, type WebhookActivities, type WebhookRef } from '@intellidocs/domain/webhooks/temporal'
import {
  createRunsGateway, flowRunId, flowSearchAttributes, type ApprovalActivities, type DigestActivities, type RunKey,
} from '@intellidocs/domain/workflows/temporal'
import { isOperatorSentence } from '@intellidocs/domain'
import { createLog, newId } from '@intellidocs/kernel'
import { createDataConverter } from '@intellidocs/temporal'
import { testTemporal } from '@intellidocs/testing'
import { Context } from '@temporalio/activity'
import { Client, type WorkflowHandle } from '@temporalio/client'
import { CancelledFailure } from '@temporalio/common'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { historiesKey } from './histories-key.ts'
import { workflowBundle } from './temporal/bundle.ts'
import { connectTemporal, prepareNamespace } from './temporal/connection.ts'
import { installRuntime } from './temporal/runtime.ts'
import { createWorkers, type WorkersOptions } from './temporal/workers.ts'

/** Without the stack, which would carry the folders of the recording machine into the file. */
export const bare = <E extends Error>(error: E): E => Object.assign(error, { stack: '' })

/** A real server and worker, and activities that only say what they were asked (`asked`) and may be replaced (`fake`). Only for tests. */
export async function openBranches() {
  installRuntime(createLog({ level: 'silent', name: 'test' }))
  const { address, namespace } = await testTemporal()
  const connection = await connectTemporal({ address, namespace })
  await prepareNamespace(connection, namespace, [...searchAttributeNames, ...flowSearchAttributes])
  const dataConverter = createDataConverter({ current: historiesKey, isSentence: isOperatorSentence })
  const client = new Client({ connection, namespace, dataConverter })
  const gateway = createProcessingGateway(client)
  const asked: string[] = []
  const fake = fakeActivities(asked)
  const fakePurge = fakePurgeActivities(asked)
  const fakeReaders = fakeReadersActivities(asked)
  const fakeWebhooks = fakeWebhookActivities(asked)
  const fakeApproval = fakeApprovalActivities(asked)
  const fakeRetention = fakeRetentionActivities(asked)
  const fakeAnalytics = fakeAnalyticsActivities(asked)
  const [fakeUsage, fakeChecks, fakeReembedding] = [fakeUsageActivities(asked), fakeCheckActivities(asked), fakeReembeddingActivities(asked)]
  const fakeReindexing = fakeReindexingActivities(asked)
  const activities: WorkersOptions['activities'] = {
    sweepRetention: (from) => fakeRetention.sweepRetention(from), deliverDue: (ref) => fakeWebhooks.deliverDue(ref),
    advanceRun: (run) => fakeApproval.advanceRun(run), recordDecision: (run, id) => fakeApproval.recordDecision(run, id), runEffects: (run) => fakeApproval.runEffects(run),
    issueCertificate: (run) => fakeApproval.issueCertificate(run),
    tellOverdue: () => fakeApproval.tellOverdue(), sampleQueues: () => fakeAnalytics.sampleQueues(),
    rollUpUsage: () => fakeUsage.rollUpUsage(), checkInstallation: (id) => fakeChecks.checkInstallation(id), embedAnew: (model) => fakeReembedding.embedAnew(model), healSearch: () => fakeReindexing.healSearch(),
    rewriteReaders: (ref, after) => fakeReaders.rewriteReaders(ref, after),
    scan: (ref) => fake.scan(ref), read: (ref) => fake.read(ref), ocr: (ref, range) => fake.ocr(ref, range),
    index: (ref, batch) => fake.index(ref, batch), settle: (ref, ending) => fake.settle(ref, ending),
    purgeState: (ref) => fakePurge.purgeState(ref), purgeCount: (ref) => fakePurge.purgeCount(ref), purgeRows: (ref) => fakePurge.purgeRows(ref),
    purgeBlobs: (ref) => fakePurge.purgeBlobs(ref), purgeFinish: (ref) => fakePurge.purgeFinish(ref),
  }
  const bundlePath = await workflowBundle(join(tmpdir(), 'intellidocs-test-bundles'))
  const workers = await createWorkers({ connection, namespace, dataConverter, activities, bundlePath })
  const running = workers.map((worker) => worker.run())
  const handleOf = (ref: AnyRef, runId?: string) => client.workflow.getHandle(idOf(ref), runId)
  return {
    asked, client, fake, fakePurge, fakeReaders, fakeApproval, fakeRetention, fakeReembedding, fakeReindexing, fakeWebhooks, gateway, runs: createRunsGateway(client), purge: createPurgeGateway(client),
    readers: createFolderReadersGateway(client), webhooks: createWebhookGateway(client), handleOf,
    /** Forgets what was asked and puts the simple activities back. */
    reset() {
      asked.length = 0
      const fakes = [fake, fakePurge, fakeReaders, fakeWebhooks, fakeApproval, fakeRetention, fakeReembedding, fakeReindexing]
      const simple = [fakeActivities, fakePurgeActivities, fakeReadersActivities, fakeWebhookActivities, fakeApprovalActivities, fakeRetentionActivities, fakeReembeddingActivities, fakeReindexingActivities]
      for (const [at, one] of fakes.entries()) Object.assign(one, simple[at]?.(asked))
    },
    /** An activity that beats and works on until it is told to stop. */
    held: () => heldActivity(() => asked.push('stopped')),
    async begin(attempt = 1, scan: 'none' | 'waiting' = 'none'): Promise<ProcessingRef> {
      const ref = { orgId: newId(), documentId: newId(), versionId: newId(), attempt } as ProcessingRef
      await gateway.start(ref, { name: 'recorded', versionNumber: 1, size: 1000, scan })
      return ref
    },
    /** With RECORD_HISTORIES=1, writes what is not there yet to `histories/`, whence it is replayed for ever (`replay.test.ts`). */
    record: (ref: AnyRef, name: string, runId?: string): Promise<void> => record(handleOf(ref, runId), name),
    recordId: (workflowId: string, name: string, runId?: string): Promise<void> => record(client.workflow.getHandle(workflowId, runId), name),
    async close() {
      for (const worker of workers) worker.shutdown()
      await Promise.all(running)
      await connection.close()
    },
  }
}

async function record(handle: WorkflowHandle, name: string): Promise<void> {
  const path = join(import.meta.dirname, '..', 'histories', `${name}.json`)
  if (process.env['RECORD_HISTORIES'] !== '1' || existsSync(path)) return
  const text = historyToJSON(await handle.fetchHistory())
  writeFileSync(path, `${text.replaceAll(/("(?:identity|[a-z]+Identity)": *)"[^"]*"/g, '$1"recorder"')}\n`)
}

const idOf = (ref: AnyRef): string => ('versionId' in ref ? processingRunId(ref) : 'folderId' in ref ? folderReadersRunId(ref)
  : 'runId' in ref ? flowRunId(ref.runId) : 'endpointId' in ref ? webhookRunId(ref) : purgeRunId(ref))

type AnyRef = ProcessingRef | PurgeRef | FolderReadersRef | RunKey | WebhookRef
export type Branches = Awaited<ReturnType<typeof openBranches>>

const endReasons = { failed: 'internal', unscanned: 'scan_failed', cancelled: 'cancelled' } as const

function fakeActivities(asked: string[]): ProcessingActivities {
  const say = (what: string) => {
    asked.push(what)
    return Promise.resolve({ kind: 'done' as const })
  }
  return {
    scan: () => say('scan'),
    read: async () => {
      await say('read')
      return { kind: 'read', pages: 3, ocrBatches: [] }
    },
    ocr: (_, { from, to }) => say(`ocr ${from}-${to}`),
    index: (_, { from, to, first, last }) => say(`index ${from}-${to}${first ? ' first' : ''}${last ? ' last' : ''}`),
    settle: async (_, ending) => {
      await say(`settle ${ending}`)
      return { kind: 'ended', state: ending === 'cancelled' ? 'cancelled' : 'failed', reason: endReasons[ending] }
    },
  }
}

function fakeReadersActivities(asked: string[]): FolderReadersActivities {
  return {
    rewriteReaders: async (_, after) => {
      asked.push(`readers after ${after?.at ?? 'nothing'}`)
      return null
    },
  }
}

function fakeWebhookActivities(asked: string[]): WebhookActivities {
  return {
    deliverDue: () => {
      asked.push('due')
      return Promise.resolve({ nextInMs: null })
    },
  }
}

function fakeRetentionActivities(asked: string[]): RetentionActivities {
  return {
    sweepRetention: (from) => {
      asked.push(`sweep ${from === null ? 'from the first' : from.after ?? 'the next'}`)
      return Promise.resolve(null)
    },
  }
}

function fakeAnalyticsActivities(asked: string[]): AnalyticsActivities {
  return {
    sampleQueues: () => {
      asked.push('queues')
      return Promise.resolve(0)
    },
  }
}

function fakeApprovalActivities(asked: string[]): ApprovalActivities & DigestActivities {
  return {
    advanceRun: () => {
      asked.push('advance')
      return Promise.resolve({ kind: 'over' })
    },
    recordDecision: (_, decisionId) => {
      asked.push(`record ${decisionId}`)
      return Promise.resolve({ settled: [], moved: false })
    },
    runEffects: () => {
      asked.push('effects')
      return Promise.resolve()
    },
    issueCertificate: () => {
      asked.push('certificate')
      return Promise.resolve()
    },
    tellOverdue: () => {
      asked.push('overdue')
      return Promise.resolve(0)
    },
  }
}

function fakeCheckActivities(asked: string[]): CheckActivities {
  return {
    checkInstallation: (id) => {
      asked.push(`check ${id}`)
      return Promise.resolve({ done: asked.filter((one) => one === `check ${id}`).length === 3 })
    },
  }
}

function fakeReembeddingActivities(asked: string[]): ReembeddingActivities {
  return {
    embedAnew: (model) => {
      asked.push(`embed by ${model}`)
      return Promise.resolve({ done: asked.length === 3 })
    },
  }
}

function fakeReindexingActivities(asked: string[]): ReindexingActivities {
  return {
    healSearch: () => {
      asked.push('heal')
      return Promise.resolve({ done: asked.length === 3 })
    },
  }
}

function fakeUsageActivities(asked: string[]): UsageActivities {
  return {
    rollUpUsage: () => {
      asked.push('roll up')
      return Promise.resolve(0)
    },
  }
}

function fakePurgeActivities(asked: string[]): PurgeActivities {
  const say = <T>(what: string, answer: T): Promise<T> => {
    asked.push(what)
    return Promise.resolve(answer)
  }
  return {
    purgeState: () => say('state', { kind: 'due' as const }),
    purgeCount: async () => { await say('count', null) },
    purgeRows: () => say('rows', { done: true }),
    purgeBlobs: () => say('blobs', { done: true, held: false }),
    purgeFinish: () => say('finish', { done: true }),
  }
}

function heldActivity(onStop: () => void): { begun: Promise<void>; work: () => Promise<never> } {
  const begun = Promise.withResolvers<void>()
  const work = async (): Promise<never> => {
    const context = Context.current()
    const beat = setInterval(() => { context.heartbeat() }, 100)
    begun.resolve()
    try {
      return await context.cancelled
    } catch (error) {
      throw error instanceof CancelledFailure ? bare(error) : error
    } finally {
      clearInterval(beat)
      onStop()
    }
  }
  return { begun: begun.promise, work }
}
