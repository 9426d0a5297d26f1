import { usageSchedule } from '@intellidocs/domain/subscriptions/temporal'
import { ensureSchedule } from '@intellidocs/temporal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFlows, type Flows } from './flows.testkit.ts'
import { until } from './test-house.ts'

/** The schedule by which acts are added up, on a real server. */
let flows: Flows
beforeAll(async () => { flows = await openFlows() })
afterAll(async () => {
  await schedule().delete()
  await flows.close()
})

const schedule = () => flows.client.schedule.getHandle('usage-rollup')

test('it is made once, by whichever worker is first, and what it starts adds up what was done, though workers were away', async () => {
  await Promise.all([ensureSchedule(flows.client, usageSchedule), ensureSchedule(flows.client, usageSchedule)])
  const { spec, policies, action, info } = await schedule().describe()
  expect([spec.timezone, policies.overlap, action, info.nextActionTimes[0]?.getUTCMinutes()]).toMatchObject(['UTC', 'SKIP', { workflowType: 'usageRollup', taskQueue: 'flow' }, expect.toSatisfy((minute: number) => minute >= 5 && minute < 8)])
  await flows.inOrg(flows.owner, (tx) => tx.$executeRaw`insert into usage_entry (org_id, kind, amount, key) values (${flows.owner.orgId}::uuid, 'pages', 5, 'five')`)
  await schedule().trigger()
  const sums = () => flows.inOrg(flows.owner, (tx) => tx.$queryRaw<{ meter: string; amount: number }[]>`select meter, sum(amount)::int as amount from usage_rollup group by meter order by meter`)
  expect(await sums()).toEqual([])
  const running = await flows.work()
  try {
    expect(await until(sums, ({ length }) => length > 0)).toEqual([{ meter: 'pages', amount: 5 }])
  } finally {
    await running.stop()
  }
})
