import { processingRunId } from '@intellidocs/contracts'
import { searchAttributeNames, taskQueues, type ProcessingRef } from '@intellidocs/domain/documents/temporal'
import { newId } from '@intellidocs/kernel'
import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bare, openBranches, type Branches } from './branches.testkit.ts'

/**
 * The decisions of the workflow alone. What each way through it leaves in Temporal is in `histories/`: record a new way with RECORD_HISTORIES=1,
 * never change or delete a file.
 */
let branches: Branches
beforeAll(async () => { branches = await openBranches() })
afterAll(() => branches.close())
beforeEach(() => { branches.reset() })

async function cancelAndSee(ref: ProcessingRef, expected: string[]): Promise<void> {
  await branches.gateway.cancel(ref)
  await expect(branches.handleOf(ref).result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
  expect(branches.asked).toEqual(expected)
}

test('a text is read and indexed, and nothing else is asked for', async () => {
  const ref = await branches.begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'ready', reason: null })
  expect(branches.asked).toEqual(['read', 'index 1-3 first last'])
  await branches.record(ref, 'text')
})

test('what waits for the scanner is looked at before anything is read of it', async () => {
  const ref = await branches.begin(1, 'waiting')
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'ready', reason: null })
  expect(branches.asked).toEqual(['scan', 'read', 'index 1-3 first last'])
  await branches.record(ref, 'scanned')
})

test('a file in which a virus was found is not read', async () => {
  branches.fake.scan = () => Promise.resolve({ kind: 'ended', state: 'failed', reason: 'infected' })
  const ref = await branches.begin(1, 'waiting')
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'failed', reason: 'infected' })
  expect(branches.asked).toEqual([])
  await branches.record(ref, 'infected')
})

test('a file that nobody could look at is not read, and says so', async () => {
  branches.fake.scan = () => Promise.reject(bare(ApplicationFailure.nonRetryable('no scanner for a day', 'Test')))
  const ref = await branches.begin(1, 'waiting')
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'failed', reason: 'scan_failed' })
  expect(branches.asked).toEqual(['settle unscanned'])
  await branches.record(ref, 'unscanned')
})

test('a document without a page is still published', async () => {
  branches.fake.read = () => Promise.resolve({ kind: 'read', pages: 0, ocrBatches: [] })
  const ref = await branches.begin()
  await branches.handleOf(ref).result()
  expect(branches.asked).toEqual(['index 1-0 first last'])
  await branches.record(ref, 'no-pages')
})

test('only batches with pages to recognize are recognized, all before the first is indexed', async () => {
  branches.fake.read = () => Promise.resolve({ kind: 'read', pages: 220, ocrBatches: [0, 2, 4] })
  const ref = await branches.begin()
  await branches.handleOf(ref).result()
  expect(branches.asked.slice(0, 3).sort()).toEqual(['ocr 1-50', 'ocr 101-150', 'ocr 201-220'])
  expect(branches.asked.slice(3)).toEqual(['index 1-50 first', 'index 51-100', 'index 101-150', 'index 151-200', 'index 201-220 last'])
  await branches.record(ref, 'scan')
})

test('a file that cannot be read ends the run after one step, as a success of the run', async () => {
  branches.fake.read = () => Promise.resolve({ kind: 'ended', state: 'failed', reason: 'corrupt' })
  const ref = await branches.begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'failed', reason: 'corrupt' })
  expect(branches.asked).toEqual([])
  await branches.record(ref, 'file-failed')
})

test('an activity that has had its tries is settled as failed', async () => {
  branches.fake.index = () => Promise.reject(bare(ApplicationFailure.nonRetryable('no more tries', 'Test')))
  const ref = await branches.begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'failed', reason: 'internal' })
  expect(branches.asked).toEqual(['read', 'settle failed'])
  await branches.record(ref, 'failed-inside')
})

test('a run that finds itself fenced off ends without a word', async () => {
  branches.fake.index = () => Promise.reject(bare(ApplicationFailure.nonRetryable('no longer the running one', 'Fenced')))
  const ref = await branches.begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'superseded', reason: null })
  expect(branches.asked).toEqual(['read'])
  await branches.record(ref, 'superseded')
})

test('a cancel waits for the activity to stop, is settled, and shows as cancelled', async () => {
  branches.fake.read = () => Promise.resolve({ kind: 'read', pages: 3, ocrBatches: [0] })
  const { begun, work } = branches.held()
  branches.fake.ocr = work
  const ref = await branches.begin()
  await begun
  await cancelAndSee(ref, ['stopped', 'settle cancelled'])
  await branches.record(ref, 'cancelled')
})

test.each(['read', 'index'] as const)('a cancel during %s stops it and is settled, whatever was done before', async (stage) => {
  const { begun, work } = branches.held()
  branches.fake[stage] = work
  const ref = await branches.begin()
  await begun
  await cancelAndSee(ref, [...stage === 'index' ? ['read'] : [], 'stopped', 'settle cancelled'])
  await branches.record(ref, `cancelled-${stage}`)
})

test('a cancel between two tries does not wait for the next one', async () => {
  const failed = Promise.withResolvers<void>()
  branches.fake.index = () => {
    failed.resolve()
    return Promise.reject(bare(ApplicationFailure.create({ message: 'not now', type: 'Test', nextRetryDelay: '10 minutes' })))
  }
  const ref = await branches.begin()
  await failed.promise
  await expect.poll(async () => (await branches.handleOf(ref).describe()).raw.pendingActivities?.[0]?.attempt, { timeout: 20_000 }).toBe(2)
  await cancelAndSee(ref, ['read', 'settle cancelled'])
  await branches.record(ref, 'cancelled-between-tries')
})

test('an activity that failed is tried again and the run goes on as if nothing had been', async () => {
  const tries = { read: 0, ocr: 0, index: 0 }
  const flaky = <T>(what: keyof typeof tries, answer: T) => () => {
    branches.asked.push(what)
    return ++tries[what] === 1 ? Promise.reject(bare(new Error('not now'))) : Promise.resolve(answer)
  }
  branches.fake.read = flaky('read', { kind: 'read', pages: 3, ocrBatches: [0] } as const)
  branches.fake.ocr = flaky('ocr', { kind: 'done' } as const)
  branches.fake.index = flaky('index', { kind: 'done' } as const)
  const ref = await branches.begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'ready', reason: null })
  expect(branches.asked).toEqual(['read', 'read', 'ocr', 'ocr', 'index', 'index'])
  await branches.record(ref, 'retried')
})

test('a try that is heard of no more is followed by another one, and what it says too late counts for nothing', async () => {
  const late = Promise.withResolvers<never>()
  branches.fake.index = (_, { from, to }) => {
    branches.asked.push(`index ${from}-${to}`)
    if (Context.current().info.attempt === 1) return late.promise
    late.reject(ApplicationFailure.nonRetryable('too late', 'Test'))
    return Promise.resolve({ kind: 'done' })
  }
  const ref = await branches.begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'ready', reason: null })
  expect(branches.asked).toEqual(['read', 'index 1-3', 'index 1-3'])
  await branches.record(ref, 'retried-after-silence')
})

test('an end that cannot be written at first is written later', async () => {
  let tries = 0
  branches.fake.read = () => Promise.reject(bare(ApplicationFailure.nonRetryable('no more tries', 'Test')))
  branches.fake.settle = (_, ending) => ++tries === 1
    ? Promise.reject(bare(new Error('the database is away'))) : Promise.resolve({ kind: 'ended', state: ending, reason: 'internal' })
  const ref = await branches.begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'failed', reason: 'internal' })
  await branches.record(ref, 'failed-settled-late')
})

test('a run that could not even say how it ended fails, and shows as failed', async () => {
  branches.fake.read = () => Promise.reject(bare(ApplicationFailure.nonRetryable('no more tries', 'Test')))
  branches.fake.settle = () => Promise.reject(bare(ApplicationFailure.nonRetryable('cannot be written', 'Test')))
  const ref = await branches.begin()
  await expect(branches.handleOf(ref).result()).rejects.toMatchObject({ name: 'WorkflowFailedError' })
  expect(await branches.gateway.status(ref)).toBe('failed')
  await branches.record(ref, 'run-failed')
})

test('a locked file ends its run, and its password starts the next one', async () => {
  branches.fake.read = ({ attempt }) => Promise.resolve(
    attempt === 1 ? { kind: 'ended', state: 'needs_password', reason: 'password_required' } : { kind: 'read', pages: 3, ocrBatches: [] },
  )
  const locked = await branches.begin()
  expect(await branches.handleOf(locked).result()).toEqual({ kind: 'ended', state: 'needs_password', reason: 'password_required' })
  expect(branches.asked).toEqual([])
  const opened = await branches.begin(2)
  expect(await branches.handleOf(opened).result()).toEqual({ kind: 'ended', state: 'ready', reason: null })
  expect(branches.asked).toEqual(['index 1-3 first last'])
  await branches.record(locked, 'needs-password')
  await branches.record(opened, 'after-password')
})

test('what the reconciler begins anew runs through as the next attempt', async () => {
  const lost = await branches.begin()
  await branches.handleOf(lost).terminate('lost')
  branches.asked.length = 0
  const anew = { ...lost, attempt: 2 }
  await branches.gateway.start(anew, { name: 'recorded', versionNumber: 1, size: 1000 })
  expect(await branches.handleOf(anew).result()).toEqual({ kind: 'ended', state: 'ready', reason: null })
  await branches.record(anew, 'reconciled')
})

test.each(['ocr', 'index'] as const)('an end that %s finds stops the run there', async (stage) => {
  branches.fake.read = () => Promise.resolve({ kind: 'read', pages: 120, ocrBatches: [0, 1, 2] })
  branches.fake[stage] = () => Promise.resolve({ kind: 'ended', state: 'failed', reason: 'blob_missing' })
  const ref = await branches.begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'ended', state: 'failed', reason: 'blob_missing' })
  expect(branches.asked.filter((what) => what.startsWith(stage === 'ocr' ? 'index' : 'settle'))).toEqual([])
  await branches.record(ref, `ended-in-${stage}`)
})

test('a later run of a long document is cancelled like the first', async () => {
  const { begun, work } = branches.held()
  branches.fake.index = work
  const ref = { orgId: newId(), documentId: newId(), versionId: newId(), attempt: 1 } as ProcessingRef
  const position = { pages: 2120, ocrBatches: [41], batch: 41 }
  await branches.client.workflow.start('documentProcessing', { workflowId: processingRunId(ref), taskQueue: taskQueues.flow, args: [{ ...ref, position }] })
  await begun
  await cancelAndSee(ref, ['ocr 2051-2100', 'stopped', 'settle cancelled'])
  await branches.record(ref, 'long-end-cancelled')
})

test('more than 2,000 pages go on in a new run, each batch once, and histories stay under 2,000 events', async () => {
  branches.fake.read = () => Promise.resolve({ kind: 'read', pages: 2120, ocrBatches: [1, 41] })
  const ref = await branches.begin()
  const first = (await branches.handleOf(ref).describe()).runId
  await branches.handleOf(ref).result()
  const place = (at: number) => (at === 0 ? ' first' : at === 42 ? ' last' : '')
  const batches = Array.from({ length: 43 }, (_, at) => `index ${at * 50 + 1}-${Math.min(2120, at * 50 + 50)}${place(at)}`)
  expect(branches.asked.filter((what) => what.startsWith('index'))).toEqual(batches)
  expect(branches.asked.filter((what) => what.startsWith('ocr'))).toEqual(['ocr 51-100', 'ocr 2051-2100'])
  const { events } = await branches.handleOf(ref, first).fetchHistory()
  expect(events?.length).toBeLessThan(2000)
  await branches.record(ref, 'long', first)
  await branches.record(ref, 'long-end')
}, 120_000)

test('a start that is repeated, also after the end, gives one run', async () => {
  const ref = await branches.begin()
  const again = () => branches.gateway.start(ref, { name: 'again', versionNumber: 1, size: 1 })
  await Promise.all([again(), again(), again()])
  await branches.handleOf(ref).result()
  await again()
  expect(branches.asked.filter((what) => what === 'read')).toHaveLength(1)
  expect(await branches.gateway.status(ref)).toBe('closed')
  expect(await branches.gateway.status({ ...ref, attempt: 2 })).toBe('absent')
})

test('the three queues and the names that runs are searched by are those the operators know', () => {
  expect([Object.values(taskQueues), searchAttributeNames]).toEqual([['flow', 'ocr', 'index'], ['OrgId', 'DocumentId', 'VersionId']])
})
