import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createProcessingGateway, processingRunId, searchAttributeNames, taskQueues, type ProcessingActivities, type ProcessingRef,
} from '@intellidocs/domain/documents/temporal'
import { createLog, newId } from '@intellidocs/kernel'
import { testTemporal } from '@intellidocs/testing'
import { Context } from '@temporalio/activity'
import { Client } from '@temporalio/client'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { NativeConnection, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { historiesKey } from './histories-key.ts'
import { workflowBundle } from './temporal/bundle.ts'
import { connectTemporal, ensureSearchAttributes } from './temporal/connection.ts'
import { createDataConverter } from './temporal/data-converter.ts'
import { installRuntime } from './temporal/runtime.ts'
import { createWorkers } from './temporal/workers.ts'

/**
 * The decisions of the workflow alone: a real server and worker, activities that only say what they were asked. With RECORD_HISTORIES=1 the
 * histories are written to `histories/`, from where they are replayed for ever (`replay.test.ts`); add files, never change or delete one.
 */
let connection: NativeConnection
let client: Client
let workers: Worker[]
let running: Promise<void>[]
let fake: ProcessingActivities
const asked: string[] = []

beforeAll(async () => {
  installRuntime(createLog({ level: 'silent', name: 'test' }))
  const { address, namespace } = await testTemporal()
  connection = await connectTemporal({ address, namespace })
  await ensureSearchAttributes(connection, namespace, searchAttributeNames)
  const dataConverter = createDataConverter(historiesKey)
  client = new Client({ connection, namespace, dataConverter })
  const activities: ProcessingActivities = {
    read: (ref) => fake.read(ref), ocr: (ref, range) => fake.ocr(ref, range),
    index: (ref, batch) => fake.index(ref, batch), settle: (ref, ending) => fake.settle(ref, ending),
  }
  const bundlePath = await workflowBundle(join(tmpdir(), 'intellidocs-test-bundles'))
  workers = await createWorkers({ connection, namespace, dataConverter, activities, bundlePath })
  running = workers.map((worker) => worker.run())
})
afterAll(async () => {
  for (const worker of workers) worker.shutdown()
  await Promise.all(running)
  await connection.close()
})
beforeEach(() => {
  asked.length = 0
  const say = (what: string) => {
    asked.push(what)
    return Promise.resolve({ kind: 'done' as const })
  }
  fake = {
    read: async () => {
      await say('read')
      return { kind: 'read', pages: 3, ocrBatches: [] }
    },
    ocr: (_, { from, to }) => say(`ocr ${from}-${to}`),
    index: (_, { from, to, first, last }) => say(`index ${from}-${to}${first ? ' first' : ''}${last ? ' last' : ''}`),
    settle: async (_, ending) => {
      await say(`settle ${ending}`)
      return { kind: 'ended', state: ending, reason: ending === 'failed' ? 'internal' : 'cancelled' }
    },
  }
})

async function begin(): Promise<ProcessingRef> {
  const ref = { orgId: newId(), documentId: newId(), versionId: newId(), attempt: 1 } as ProcessingRef
  await createProcessingGateway(client).start(ref, { name: 'recorded', versionNumber: 1, size: 1000 })
  return ref
}
const handleOf = (ref: ProcessingRef) => client.workflow.getHandle(processingRunId(ref))

/** Without the stack, which would carry the folders of the recording machine into the file. */
const bare = <E extends Error>(error: E): E => Object.assign(error, { stack: '' })

async function record(ref: ProcessingRef, name: string, runId?: string): Promise<void> {
  if (process.env['RECORD_HISTORIES'] !== '1') return
  const history = await client.workflow.getHandle(processingRunId(ref), runId).fetchHistory()
  const text = historyToJSON(history).replaceAll(/("(?:identity|[a-z]+Identity)": *)"[^"]*"/g, '$1"recorder"')
  writeFileSync(join(import.meta.dirname, '..', 'histories', `${name}.json`), `${text}\n`)
}

test('a text is read and indexed, and nothing else is asked for', async () => {
  const ref = await begin()
  expect(await handleOf(ref).result()).toEqual({ kind: 'ended', state: 'ready', reason: null })
  expect(asked).toEqual(['read', 'index 1-3 first last'])
  await record(ref, 'text')
})

test('a document without a page is still published', async () => {
  fake.read = () => Promise.resolve({ kind: 'read', pages: 0, ocrBatches: [] })
  await handleOf(await begin()).result()
  expect(asked).toEqual(['index 1-0 first last'])
})

test('only batches with pages to recognize are recognized, all before the first is indexed', async () => {
  fake.read = () => Promise.resolve({ kind: 'read', pages: 220, ocrBatches: [0, 2, 4] })
  const ref = await begin()
  await handleOf(ref).result()
  expect(asked.slice(0, 3).sort()).toEqual(['ocr 1-50', 'ocr 101-150', 'ocr 201-220'])
  expect(asked.slice(3)).toEqual(['index 1-50 first', 'index 51-100', 'index 101-150', 'index 151-200', 'index 201-220 last'])
  await record(ref, 'scan')
})

test('a file that cannot be read ends the run after one step, as a success of the run', async () => {
  fake.read = () => Promise.resolve({ kind: 'ended', state: 'failed', reason: 'corrupt' })
  const ref = await begin()
  expect(await handleOf(ref).result()).toEqual({ kind: 'ended', state: 'failed', reason: 'corrupt' })
  expect(asked).toEqual([])
  await record(ref, 'file-failed')
})

test('an activity that has had its tries is settled as failed', async () => {
  fake.index = () => Promise.reject(bare(ApplicationFailure.nonRetryable('no more tries', 'Test')))
  const ref = await begin()
  expect(await handleOf(ref).result()).toEqual({ kind: 'ended', state: 'failed', reason: 'internal' })
  expect(asked).toEqual(['read', 'settle failed'])
  await record(ref, 'failed-inside')
})

test('a run that finds itself fenced off ends without a word', async () => {
  fake.index = () => Promise.reject(bare(ApplicationFailure.nonRetryable('no longer the running one', 'Fenced')))
  const ref = await begin()
  expect(await handleOf(ref).result()).toEqual({ kind: 'ended', state: 'superseded', reason: null })
  expect(asked).toEqual(['read'])
  await record(ref, 'superseded')
})

test('a cancel waits for the activity to stop, is settled, and shows as cancelled', async () => {
  fake.read = () => Promise.resolve({ kind: 'read', pages: 3, ocrBatches: [0] })
  const begun = Promise.withResolvers<void>()
  fake.ocr = async () => {
    const context = Context.current()
    const beat = setInterval(() => { context.heartbeat() }, 100)
    begun.resolve()
    try {
      return await context.cancelled
    } catch (error) {
      throw error instanceof CancelledFailure ? bare(error) : error
    } finally {
      clearInterval(beat)
      asked.push('stopped')
    }
  }
  const ref = await begin()
  await begun.promise
  await createProcessingGateway(client).cancel(ref)
  await expect(handleOf(ref).result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
  expect(asked).toEqual(['stopped', 'settle cancelled'])
  await record(ref, 'cancelled')
})

test('more than 2,000 pages go on in a new run, each batch once, and histories stay under 2,000 events', async () => {
  fake.read = () => Promise.resolve({ kind: 'read', pages: 2120, ocrBatches: [1, 41] })
  const ref = await begin()
  const first = (await handleOf(ref).describe()).runId
  await handleOf(ref).result()
  const place = (at: number) => (at === 0 ? ' first' : at === 42 ? ' last' : '')
  const batches = Array.from({ length: 43 }, (_, at) => `index ${at * 50 + 1}-${Math.min(2120, at * 50 + 50)}${place(at)}`)
  expect(asked.filter((what) => what.startsWith('index'))).toEqual(batches)
  expect(asked.filter((what) => what.startsWith('ocr'))).toEqual(['ocr 51-100', 'ocr 2051-2100'])
  const { events } = await client.workflow.getHandle(processingRunId(ref), first).fetchHistory()
  expect(events?.length).toBeLessThan(2000)
  await record(ref, 'long', first)
  await record(ref, 'long-end')
}, 120_000)

test('a start that is repeated, also after the end, gives one run', async () => {
  const ref = await begin()
  const again = () => createProcessingGateway(client).start(ref, { name: 'again', versionNumber: 1, size: 1 })
  await Promise.all([again(), again(), again()])
  await handleOf(ref).result()
  await again()
  expect(asked.filter((what) => what === 'read')).toHaveLength(1)
  expect(await createProcessingGateway(client).status(ref)).toBe('closed')
  expect(await createProcessingGateway(client).status({ ...ref, attempt: 2 })).toBe('absent')
})

test('the three queues and the names that runs are searched by are those the operators know', () => {
  expect([Object.values(taskQueues), searchAttributeNames]).toEqual([['flow', 'ocr', 'index'], ['OrgId', 'DocumentId', 'VersionId']])
})
