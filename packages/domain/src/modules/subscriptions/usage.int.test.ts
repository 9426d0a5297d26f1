import { newId, type Use } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { administrator, openPlans, type PlansHouse } from './subscriptions.testkit.ts'

const HOUR = 3_600_000
let house: PlansHouse
let a: TestOrg
beforeAll(async () => { house = await openPlans() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.orgOn('free', { pages: 1_000 }) })

const act = (...uses: Use[]) => house.unit.runInTx(a.system, (tx) => house.quota.consume(tx, a.system, uses))
const pages = (amount: number, key = newId()): Use => ({ kind: 'pages', amount, key })
const rollUp = (beat = () => undefined as void) => house.rollUp(beat)
const rollups = () => house.rows<{ amount: string; entries: number; revision: number }>(
  `select amount, entries, revision from usage_rollup where org_id = $1 and meter = 'pages' order by hour`, [a.org.id])
const bills = () => house.rows<{ amount: string; revision: number }>(
  `select amount, revision from usage_bill where org_id = $1 and meter = 'pages' order by hour, revision`, [a.org.id])
const verified = async () => {
  const { ok, meters } = await house.verify(a.owner)
  const found = meters.find(({ meter }) => meter === 'pages')
  return [ok, found?.events, found?.waiting, found?.rolledUp, found?.billed, found?.counted]
}

test('what was done waits, is then added up and billed once, however often and by how many at once', async () => {
  for (const n of [1, 2, 3]) await act(pages(n))
  expect(await verified()).toEqual([true, 6, 6, 0, 0, 6])
  await Promise.all([rollUp(), rollUp(), rollUp(), rollUp()])
  await rollUp()
  expect([await verified(), (await rollups()).map(({ amount, entries }) => [amount, entries])]).toEqual([[true, 6, 0, 6, 6, 6], [['6', 3]]])
})

test('what a worker that died had begun is added up by the next one, once', async () => {
  await act(pages(5))
  const died = house.unit.runAsSystem(async (tx) => {
    await tx.$queryRaw`update usage_entry set rolled = true where org_id = ${a.org.id}::uuid`
    throw new Error('died')
  })
  await expect(died).rejects.toThrow('died')
  await act(pages(2), pages(3))
  await rollUp()
  expect(await verified()).toEqual([true, 10, 0, 10, 10, 10])
})

test('what is written late goes to the hour it belongs to, and is billed as one more line', async () => {
  await act(pages(4))
  await rollUp()
  await house.rows(`insert into usage_entry (org_id, kind, amount, key, at) values ($1, 'pages', 3, 'late', now())`, [a.org.id])
  await house.rows(`insert into usage_entry (org_id, kind, amount, key, at) values ($1, 'flowRuns', 1, 'later', now() - interval '3 days')`, [a.org.id])
  await rollUp()
  expect([await rollups(), await bills()]).toEqual([[{ amount: '7', entries: 2, revision: 2 }], [{ amount: '4', revision: 1 }, { amount: '3', revision: 2 }]])
  expect((await house.verify(a.owner)).meters.map(({ meter, events, billed }) => [meter, events, billed])).toEqual([['flowRuns', 1, 1], ['pages', 7, 7]])
})

test('a correction is one more act in its hour, said in the audit, and frees what it took off', async () => {
  await act(pages(1_000))
  await rollUp()
  const now = house.clock.now()
  // Of this month, in its first hour as well.
  const at = new Date(Math.max(now.getTime() - HOUR, Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)))
  await house.correct(administrator, { orgId: a.org.id, meter: 'pages', amount: -400, at, reason: 'read twice by our fault' })
  await act(pages(300))
  await rollUp()
  expect(await verified()).toEqual([true, 900, 0, 900, 900, 900])
  expect(await house.rows(`select data->>'reason' as reason from audit where org_id = $1 and action = 'subscriptions.usage-corrected.v1'`, [a.org.id])).toEqual([{ reason: 'read twice by our fault' }])
})

test.each([
  ['a sum', `update usage_rollup set amount = amount + 1 where org_id = $1`], ['a bill', `delete from usage_bill where org_id = $1`],
  ['an act', `update usage_entry set amount = amount + 1 where org_id = $1`], ['a counter', `update usage_counter set used = used - 1 where org_id = $1 and meter = 'pages'`],
])('%s that was tampered with is named', async (_, tampering) => {
  await act(pages(4))
  await rollUp()
  await house.rows(tampering, [a.org.id])
  const { ok, meters } = await house.verify(a.owner)
  expect([ok, meters.map(({ meter, differences }) => [meter, differences > 0])]).toEqual([false, [['pages', true]]])
})

test('the product itself can change neither an act, a sum nor a bill', async () => {
  await act(pages(4))
  await rollUp()
  const tries = ['update usage_entry set amount = 0', 'delete from usage_entry', 'update usage_rollup set amount = 0', 'update usage_bill set amount = 0', 'delete from usage_bill']
  for (const sql of tries) {
    await expect(house.unit.runInTx(a.owner, (tx) => tx.$executeRawUnsafe(sql))).rejects.toThrow(/permission denied/)
    await expect(house.unit.runAsSystem((tx) => tx.$executeRawUnsafe(sql === 'update usage_rollup set amount = 0' ? 'delete from usage_rollup' : sql))).rejects.toThrow(/permission denied/)
  }
  expect(await verified()).toEqual([true, 4, 0, 4, 4, 4])
})

test('what is used is told from the sums and from what waits for them', async () => {
  await act(pages(4))
  await rollUp()
  await act(pages(2))
  expect((await house.usage(a.owner)).meters.pages).toMatchObject({ used: 6, limit: 1_000 })
  await house.setPlan(administrator, { orgId: a.org.id, plan: 'free', overrides: { pages: 7 } })
  await act(pages(1))
  await expect(act(pages(1))).rejects.toMatchObject({ code: 'quota.exceeded', details: { used: 7, limit: 7 } })
})
