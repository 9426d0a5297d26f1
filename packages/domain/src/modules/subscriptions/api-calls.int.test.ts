import { afterAll, beforeAll, expect, test } from 'vitest'
import { AppError, createOutbox, newId } from '@intellidocs/kernel'
import { createApiCalls, type ApiCalls } from './api-calls.ts'
import { countersRepository } from './counters.repository.ts'
import { rollupsRepository } from './rollups.repository.ts'
import { subscriptionsRepository } from './subscriptions.repository.ts'
import { administrator, openPlans, type PlansHouse } from './subscriptions.testkit.ts'

const DAY = 86_400_000
let house: PlansHouse
beforeAll(async () => { house = await openPlans() })
afterAll(() => house.close())

type Org = Awaited<ReturnType<PlansHouse['org']>>
/** `runInTx` of this process: its commits, or what breaks them. */
function processOf(wrap: (run: PlansHouse['unit']['runInTx']) => PlansHouse['unit']['runInTx'] = (run) => run): ApiCalls {
  const outbox = createOutbox()
  outbox.register([])
  return createApiCalls({
    ...house.unit, runInTx: wrap(house.unit.runInTx), outbox, clock: house.clock, installationPlan: 'own',
    subscriptions: subscriptionsRepository, counters: countersRepository, rollups: rollupsRepository,
  })
}
const call = ({ owner }: Org, calls: ApiCalls, times = 1): number => {
  let through = 0
  for (let n = 0; n < times; n += 1) {
    try {
      calls.count(owner)
      through += 1
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'quota.exceeded') throw error
    }
  }
  return through
}
const acts = async ({ org }: Org) => (await house.rows<{ amount: string }>(`select amount from usage_entry where org_id = $1 and kind = 'apiCalls' order by id`, [org.id])).map(({ amount }) => Number(amount))
const verified = async ({ owner }: Org) => {
  const { ok, meters } = await house.verify(owner)
  return [ok, meters.find(({ meter }) => meter === 'apiCalls')?.events]
}

test('calls become one act a batch, of all processes, and reconcile', async () => {
  const a = await house.orgOn('team')
  const [one, other] = [processOf(), processOf()]
  for (const calls of [one, other]) {
    call(a, calls)
    await calls.flush()
  }
  call(a, one, 30)
  call(a, other, 12)
  await Promise.all([one.flush(), other.flush(), one.flush()])
  expect((await acts(a)).toSorted((x, y) => x - y)).toEqual([1, 1, 12, 30])
  await house.rollUp(() => undefined)
  expect([await verified(a), (await house.usage(a.owner)).meters.apiCalls.used]).toEqual([[true, 44], 44])
})

test('one flush writes all that was called until then, also while a batch is under way', async () => {
  const a = await house.orgOn('team')
  const calls = processOf()
  call(a, calls, 5)
  await calls.flush()
  expect(await acts(a)).toEqual([1, 4])
})

test('without calls nothing is asked of the database, and a hundred calls ask once', async () => {
  const a = await house.orgOn('team')
  let asked = 0
  const calls = processOf((run) => (actor, work, options) => { asked += 1; return run(actor, work, options) })
  call(a, calls)
  await calls.flush()
  asked = 0
  call(a, calls, 100)
  expect(asked).toBe(0)
  for (let n = 0; n < 3; n += 1) await calls.flush()
  expect(asked).toBe(1)
})

test('at the limit calls are refused, with what is used, and those that are refused are not counted', async () => {
  const a = await house.orgOn('free', { apiCalls: 5 })
  const calls = processOf()
  expect(call(a, calls)).toBe(1)
  await calls.flush()
  expect([call(a, calls, 20), call(a, calls, 20)]).toEqual([4, 0])
  await calls.flush()
  expect([await acts(a), call(a, calls, 3)]).toEqual([[1, 4], 0])
  expect(() => calls.count(a.owner)).toThrow(expect.objectContaining({ code: 'quota.exceeded', details: expect.objectContaining({ meter: 'apiCalls', used: 5, limit: 5, plan: 'free', askRoles: ['owner'] }) }))
  expect((await house.told(a.owner)).map(({ meter, percent }) => [meter, percent])).toEqual([['apiCalls', 100]])
})

test('what several processes let in before they knew of each other is counted, and then nobody is let in', async () => {
  const a = await house.orgOn('free', { apiCalls: 5 })
  const processes = [processOf(), processOf(), processOf()]
  expect(processes.map((calls) => call(a, calls, 4))).toEqual([4, 4, 4])
  for (const calls of processes) await calls.flush()
  // The first wrote before the others did, and may know of too few; whoever was called since looks again, at what all have written.
  const [first = 0, ...others] = processes.map((calls) => call(a, calls))
  for (const calls of processes) await calls.flush()
  expect([others, processes.map((calls) => call(a, calls))]).toEqual([[0, 0], [0, 0, 0]])
  expect([await verified(a), await house.used(a.owner, 'apiCalls')]).toEqual([[true, 12 + first], 12 + first])
})

test('who is refused is let in again once the plan allows more, or the month is over', async () => {
  const a = await house.orgOn('free', { apiCalls: 1 })
  const calls = processOf()
  call(a, calls)
  await calls.flush()
  expect(call(a, calls)).toBe(0)
  await house.setPlan(administrator, { orgId: a.org.id, plan: 'free', overrides: { apiCalls: 2 } })
  await calls.flush()
  expect(call(a, calls, 2)).toBe(1)
  house.setAhead(32 * DAY)
  expect(call(a, calls)).toBe(1)
  house.setAhead(0)
})

test('a batch of which nobody knows whether it was written is written once', async () => {
  const a = await house.orgOn('team')
  let cut = 0
  const calls = processOf((run) => async (actor, work, options) => {
    const done = await run(actor, work, options)
    if (cut > 0 && options === undefined) {
      cut -= 1
      throw new Error('the answer of the database was lost')
    }
    return done
  })
  call(a, calls)
  await calls.flush()
  cut = 2
  call(a, calls, 7)
  await expect(calls.flush()).rejects.toThrow('was lost')
  call(a, calls, 2)
  await expect(calls.flush()).rejects.toThrow('was lost')
  await calls.flush()
  expect([await acts(a), await verified(a)]).toEqual([[1, 7, 2], [true, 10]])
})

test('a process that is killed takes what it had gathered with it: too little, never too much, and it reconciles', async () => {
  const a = await house.orgOn('team')
  const killed = processOf()
  call(a, killed)
  await killed.flush()
  call(a, killed, 9)
  const next = processOf()
  call(a, next, 3)
  await next.flush()
  await next.flush()
  await house.rollUp(() => undefined)
  expect([(await acts(a)).reduce((sum, one) => sum + one, 0), await verified(a)]).toEqual([4, [true, 4]])
})

test('an organization that is gone is forgotten, and keeps nobody else from being counted', async () => {
  const a = await house.orgOn('team')
  const calls = processOf()
  calls.count({ orgId: newId() as Org['org']['id'] })
  call(a, calls, 2)
  await calls.flush()
  await calls.flush()
  expect((await acts(a)).reduce((sum, one) => sum + one, 0)).toBe(2)
})
