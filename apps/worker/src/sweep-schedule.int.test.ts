import { sweepSchedule } from '@intellidocs/domain/retention/temporal'
import { ensureSchedule } from '@intellidocs/temporal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

/** The schedule of the sweeper, on a real server, with an outage of all workers. */
let house: TestHouse
beforeAll(async () => { house = await openTestHouse() })
afterAll(async () => {
  await schedule().delete()
  await house.close()
})

const schedule = () => house.client.schedule.getHandle('retention-sweep')
const ensure = () => ensureSchedule(house.client, sweepSchedule)
async function runsOf(query = ''): Promise<string[]> {
  const found: string[] = []
  for await (const { workflowId } of house.client.workflow.list({ query: `WorkflowType = 'retentionSweep'${query}` })) found.push(workflowId)
  return found
}
const left = async () => (await house.modules.retention.tombstones.list(house.owner, { limit: 10 })).items

test('it is made once, by whichever worker is first, says when it comes, and stays as it is when it is made again', async () => {
  await Promise.all([ensure(), ensure(), ensure()])
  await schedule().update((before) => ({ ...before, policies: { ...before.policies, overlap: 'ALLOW_ALL' } }))
  await ensure()
  const { spec, policies, action, info } = await schedule().describe()
  expect(spec).toMatchObject({ timezone: 'UTC', jitter: 300_000 })
  expect(info.nextActionTimes.slice(0, 2).map((at) => [at.getUTCHours(), at.getUTCMinutes() < 6])).toEqual([[2, true], [2, true]])
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 24 * 3_600_000 })
  expect(action).toMatchObject({ workflowType: 'retentionSweep', taskQueue: 'flow' })
})

test('after an outage of all workers one run comes for all that were missed, deletes what is due and nothing held, and no other run deletes it again', async () => {
  const [due, held] = [await house.upload('due', 'due.txt'), await house.upload('held', 'held.txt')]
  await house.modules.documents.deps.runInTx(house.owner, (tx) => tx.$executeRaw`update document set created_at = now() - interval '3 days'`)
  await house.modules.retention.rules.set(house.owner, { name: 'two days', on: { all: true }, since: 'created', keepDays: null, deleteDays: 2, needsRelease: false })
  await house.modules.retention.holds.place(house.owner, { name: 'Case 12', reason: 'a suit', on: { documents: [held.id] } })
  await schedule().update((before) => ({ ...before, spec: { intervals: [{ every: '1 second' }] } }))
  await until(() => schedule().describe(), ({ info }) => info.numActionsTaken === 1 && info.numActionsSkippedOverlap >= 2)
  expect(await until(() => runsOf(` AND ExecutionStatus = 'Running'`), ({ length }) => length > 0)).toHaveLength(1)
  expect(await left()).toEqual([])
  await ensure()
  const running = await house.work()
  try {
    await until(() => runsOf(` AND ExecutionStatus = 'Completed'`), ({ length }) => length > 0)
    expect(await runsOf()).toHaveLength(1)
    const stones = await left()
    expect(stones).toMatchObject([{ documentId: due.id, valid: true }])
    await schedule().trigger()
    await until(() => runsOf(` AND ExecutionStatus = 'Completed'`), ({ length }) => length === 2)
    expect(await left()).toEqual(stones)
    expect(await house.get(held.id)).toMatchObject({ id: held.id })
  } finally {
    await running.stop()
  }
})
