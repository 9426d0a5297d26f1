import type { OrgId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bare, openBranches, type Branches } from './branches.testkit.ts'

/** The decisions of the workflow that sweeps, alone. Histories are recorded as in `branches.int.test.ts`. */
let branches: Branches
beforeAll(async () => { branches = await openBranches() })
afterAll(() => branches.close())
beforeEach(() => { branches.reset() })

const orgId = newId() as OrgId
async function sweep() {
  const workflowId = `retention-sweep-${newId()}`
  const handle = await branches.client.workflow.start('retentionSweep', { workflowId, taskQueue: 'flow', args: [] })
  await handle.result()
  return { workflowId, handle }
}

test('a sweep goes on where each batch says, to the end', async () => {
  const given = [{ orgId, after: 'x' }, { orgId, after: null }, null]
  branches.fakeRetention.sweepRetention = (from) => {
    branches.asked.push(JSON.stringify(from))
    return Promise.resolve(given.shift() ?? null)
  }
  const { workflowId } = await sweep()
  expect(branches.asked).toEqual(['null', JSON.stringify({ orgId, after: 'x' }), JSON.stringify({ orgId, after: null })])
  await branches.recordId(workflowId, 'sweep')
})

test('a batch that fails is done again from the same place, and none is skipped', async () => {
  let tries = 0
  const given = [{ orgId, after: 'x' }, null]
  branches.fakeRetention.sweepRetention = (from) => {
    branches.asked.push(JSON.stringify(from))
    if (tries++ === 1) return Promise.reject(bare(ApplicationFailure.retryable('away', 'Test')))
    return Promise.resolve(given.shift() ?? null)
  }
  const { workflowId } = await sweep()
  expect(branches.asked).toEqual(['null', JSON.stringify({ orgId, after: 'x' }), JSON.stringify({ orgId, after: 'x' })])
  await branches.recordId(workflowId, 'sweep-retried')
})

test('a long sweep goes on in a new run, from where it was', async () => {
  const LONG = 50
  let batches = 0
  branches.fakeRetention.sweepRetention = () => Promise.resolve(++batches > LONG ? null : { orgId, after: String(batches) })
  const { workflowId, handle } = await sweep()
  expect(batches).toBe(LONG + 1)
  const last = await branches.client.workflow.getHandle(workflowId).describe()
  expect(last.runId).not.toBe(handle.firstExecutionRunId)
  await branches.recordId(workflowId, 'sweep-long', handle.firstExecutionRunId)
  await branches.recordId(workflowId, 'sweep-long-end', last.runId)
})
