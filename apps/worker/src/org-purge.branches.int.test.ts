import type { OrgId } from '@intellidocs/contracts'
import type { PurgeRef } from '@intellidocs/domain/orgs/temporal'
import { newId } from '@intellidocs/kernel'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bare, openBranches, type Branches } from './branches.testkit.ts'

/** The decisions of the workflow that ends an organization, alone. Histories are recorded as in `branches.int.test.ts`. */
let branches: Branches
beforeAll(async () => { branches = await openBranches() })
afterAll(() => branches.close())
beforeEach(() => { branches.reset() })

async function begin(): Promise<PurgeRef> {
  const ref = { orgId: newId() as OrgId }
  await branches.purge.start(ref)
  return ref
}
/** One answer after the other; the last one stays. */
const answers = <T>(name: string, ...given: T[]) => (): Promise<T> => {
  branches.asked.push(name)
  return Promise.resolve((given.length > 1 ? given.shift() : given[0]) as T)
}

test('an organization whose time comes is counted, emptied, and ended', async () => {
  branches.fakePurge.purgeState = answers<{ kind: 'waiting'; ms: number } | { kind: 'due' }>('state', { kind: 'waiting', ms: 200 }, { kind: 'due' })
  const ref = await begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'purged' })
  expect(branches.asked).toEqual(['state', 'state', 'count', 'rows', 'blobs', 'finish'])
  await branches.record(ref, 'purge-done')
})

test('a deletion that was taken back while it waited ends the run before anything is deleted', async () => {
  branches.fakePurge.purgeState = answers('state', { kind: 'waiting' as const, ms: 3_600_000 })
  const ref = await begin()
  const waits = async () => (await branches.handleOf(ref).fetchHistory()).events?.some((event) => event.timerStartedEventAttributes) ?? false
  await expect.poll(waits, { timeout: 20_000 }).toBe(true)
  await branches.purge.cancel(ref)
  await expect(branches.handleOf(ref).result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
  expect(branches.asked).toEqual(['state'])
  await branches.record(ref, 'purge-cancelled')
})

test('a run that finds the deletion taken back ends by itself', async () => {
  branches.fakePurge.purgeState = answers('state', { kind: 'over' as const })
  const ref = await begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'over' })
  expect(branches.asked).toEqual(['state'])
  await branches.record(ref, 'purge-over')
})

test('rows and bytes go on until none is left, and what came meanwhile is looked for again', async () => {
  branches.fakePurge.purgeRows = answers('rows', { done: false }, { done: true }, { done: true })
  branches.fakePurge.purgeBlobs = answers('blobs', { done: false, held: false }, { done: true, held: false })
  branches.fakePurge.purgeFinish = answers('finish', { done: false }, { done: true })
  const ref = await begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'purged' })
  expect(branches.asked).toEqual(['state', 'count', 'rows', 'rows', 'blobs', 'blobs', 'finish', 'rows', 'blobs', 'finish'])
  await branches.record(ref, 'purge-repeated')
})

test('a step that fails is tried again, and nothing is skipped for it', async () => {
  let tries = 0
  branches.fakePurge.purgeRows = () => {
    branches.asked.push('rows')
    return tries++ === 0 ? Promise.reject(bare(ApplicationFailure.retryable('away', 'Test'))) : Promise.resolve({ done: true })
  }
  const ref = await begin()
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'purged' })
  expect(branches.asked).toEqual(['state', 'count', 'rows', 'rows', 'blobs', 'finish'])
  await branches.record(ref, 'purge-retried')
})

test('an organization that is deleted again after that has a run of its own', async () => {
  const ref = await begin()
  await branches.handleOf(ref).result()
  branches.asked.length = 0
  await branches.purge.start(ref)
  expect(await branches.handleOf(ref).result()).toEqual({ kind: 'purged' })
  expect(branches.asked).toEqual(['state', 'count', 'rows', 'blobs', 'finish'])
})
