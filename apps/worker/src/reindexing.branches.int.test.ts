import { newId } from '@intellidocs/kernel'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bare, openBranches, type Branches } from './branches.testkit.ts'

let branches: Branches
beforeAll(async () => { branches = await openBranches() })
afterAll(() => branches.close())
beforeEach(() => branches.reset())

const begin = async () => {
  const workflowId = `re-indexing-${newId()}`
  const run = await branches.client.workflow.start('reindexing', { workflowId, taskQueue: 'flow', args: [] })
  return { workflowId, run, first: run.firstExecutionRunId }
}

test('steps follow each other until nothing is left', async () => {
  const { workflowId, run } = await begin()
  await run.result()
  expect(branches.asked).toEqual(['heal', 'heal', 'heal'])
  await branches.recordId(workflowId, 'reindexing')
})

test('a step that fails is tried again: the rows say where it goes on', async () => {
  let tries = 0
  branches.fakeReindexing.healSearch = () => (tries++ === 0 ? Promise.reject(bare(ApplicationFailure.retryable('away', 'Test'))) : Promise.resolve({ done: true }))
  const { workflowId, run } = await begin()
  await run.result()
  expect(tries).toBe(2)
  await branches.recordId(workflowId, 'reindexing-retried')
})

test('a long one goes on in a new run before its history is long', async () => {
  const LONG = 50
  let steps = 0
  branches.fakeReindexing.healSearch = () => Promise.resolve({ done: (steps += 1) > LONG })
  const { workflowId, run, first } = await begin()
  await run.result()
  const { runId } = await branches.client.workflow.getHandle(workflowId).describe()
  expect(runId).not.toBe(first)
  expect(steps).toBe(LONG + 1)
  await branches.recordId(workflowId, 'reindexing-long', first)
  await branches.recordId(workflowId, 'reindexing-long-end')
})
