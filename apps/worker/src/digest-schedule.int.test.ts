import { gaugesSchedule } from '@intellidocs/domain/analytics/temporal'
import { digestSchedule } from '@intellidocs/domain/workflows/temporal'
import { ensureSchedule } from '@intellidocs/temporal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFlows, type Flows } from './flows.testkit.ts'
import { until } from './test-house.ts'

/** The schedule of the digests of overdue tasks, on a real server, and whose tasks it tells of. */
let flows: Flows
beforeAll(async () => {
  flows = await openFlows()
  const running = await flows.work()
  const [a] = await flows.members(1)
  const deadline = { hours: 1 / 3_600 }
  const stages = [{ key: 'one', name: 'One', ask: [{ user: a.userId }], decide: { rule: 'all' }, deadline, onDeadline: 'wait' }]
  const run = await flows.start(await flows.publish({ stages }), (await flows.document()).id)
  await flows.asks(run, 1)
  await until(() => flows.tasks.list(a, { limit: 10, state: 'open' }), ({ counts }) => counts.overdue === 1)
  await running.stop()
})
afterAll(async () => {
  await schedule().delete()
  await flows.close()
})

const schedule = () => flows.client.schedule.getHandle('overdue-digest')
const ensure = () => ensureSchedule(flows.client, digestSchedule)
const digests = () => flows.inOrg(flows.owner, (tx) => tx.$queryRaw<{ day: string }[]>`select payload->>'day' as day from event where type = 'workflows.tasks-overdue.v1'`)
async function runsOf(query = ''): Promise<string[]> {
  const found: string[] = []
  for await (const { workflowId } of flows.client.workflow.list({ query: `WorkflowType = 'overdueDigest'${query}` })) found.push(workflowId)
  return found
}

test('it is made once, by whichever worker is first, says when it comes, and stays as it is when it is made again', async () => {
  await Promise.all([ensure(), ensure(), ensure()])
  await ensure()
  const listed: string[] = []
  for await (const { scheduleId } of flows.client.schedule.list()) listed.push(scheduleId)
  expect(listed).toEqual(['overdue-digest'])
  const { spec, policies, action, info } = await schedule().describe()
  expect(spec).toMatchObject({ timezone: 'UTC', jitter: 300_000 })
  expect(info.nextActionTimes.slice(0, 2).map((at) => [at.getUTCHours(), at.getUTCMinutes() < 6])).toEqual([[6, true], [6, true]])
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 24 * 3_600_000 })
  expect(action).toMatchObject({ workflowType: 'overdueDigest', taskQueue: 'flow' })
})

test('who pauses it keeps it paused; what else was changed is put back', async () => {
  await schedule().pause('a quiet week')
  await schedule().update((before) => ({ ...before, policies: { ...before.policies, overlap: 'ALLOW_ALL' } }))
  await ensure()
  expect(await schedule().describe()).toMatchObject({ state: { paused: true, note: 'a quiet week' }, policies: { overlap: 'SKIP' } })
  await schedule().unpause()
})

test('it fires by itself; after an outage of all workers one run comes for all that were missed, and one digest', async () => {
  await schedule().update((before) => ({ ...before, spec: { intervals: [{ every: '1 second' }] } }))
  await until(() => schedule().describe(), ({ info }) => info.numActionsTaken === 1 && info.numActionsSkippedOverlap >= 2)
  expect(await until(() => runsOf(` AND ExecutionStatus = 'Running'`), ({ length }) => length > 0)).toHaveLength(1)
  expect(await digests()).toEqual([])
  await ensure()
  const running = await flows.work()
  try {
    await until(() => runsOf(` AND ExecutionStatus = 'Completed'`), ({ length }) => length > 0)
    expect(await runsOf()).toHaveLength(1)
    const told = await digests()
    expect(told).toHaveLength(1)

    // Asked for again on the same day, by hand: it runs, and tells nobody twice.
    await schedule().trigger()
    await until(() => runsOf(` AND ExecutionStatus = 'Completed'`), ({ length }) => length === 2)
    expect(await digests()).toEqual(told)
  } finally {
    await running.stop()
  }
})

test('the gauges of analytics have a schedule of a quarter of an hour, made once as well, which makes up for nothing that was missed', async () => {
  const gauges = flows.client.schedule.getHandle('analytics-gauges')
  const make = () => ensureSchedule(flows.client, gaugesSchedule)
  await Promise.all([make(), make(), make()])
  try {
    await make()
    const { spec, policies, action } = await gauges.describe()
    expect(spec).toMatchObject({ intervals: [{ every: 900_000 }], jitter: 60_000 })
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 })
    expect(action).toMatchObject({ workflowType: 'analyticsGauges', taskQueue: 'flow' })
  } finally {
    await gauges.delete()
  }
})
