import { PLATFORM_ORG_ID, type AuditRow } from '@intellidocs/contracts'
import { platformActor, recordAudit, type Actor } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administrator, openPlans, type PlansHouse } from './subscriptions.testkit.ts'

/** Rows were written today, 40, 100 and 400 days ago: `free` shows 30 days, `team` 365, `own` all. */
const AGES = [400, 100, 40, 0]
let house: PlansHouse
let owner: Actor
let orgId: Actor['orgId']

/** As it would stand had it been written then; only what is not sealed yet may be made older. */
async function writtenBefore(actor: Actor, days: number): Promise<void> {
  await house.unit.runInTx(actor, (tx) => recordAudit(tx, actor, { action: 'documents.download', subjectType: 'test', subjectId: String(days), data: {} }))
  await house.rows(`begin; set local session_replication_role = replica;
    update audit set at = at - interval '${days} days' where org_id = '${actor.orgId}' and subject_type = 'test' and subject_id = '${days}'; commit`)
}
beforeAll(async () => {
  house = await openPlans({ defaultPlan: 'free' })
  const { owner: by, org } = await house.orgOn('own')
  owner = by
  orgId = org.id
  // Of all, the first: that it was given its plan.
  await house.rows(`begin; set local session_replication_role = replica; update audit set at = at - interval '500 days' where org_id = '${orgId}'; commit`)
  for (const days of AGES) await writtenBefore(owner, days)
  await house.modules.audit.checkpoint(owner)
})
afterAll(() => house.close())

const on = (plan: 'free' | 'team' | 'business' | 'own') => house.setPlan(administrator, { orgId, plan })
const ages = (rows: readonly { subject: AuditRow['subject'] }[]): number[] => rows.filter(({ subject }) => subject.type === 'test').map(({ subject }) => Number(subject.id))
const listed = async (filter: { from?: string; to?: string } = {}): Promise<number[]> => ages((await house.modules.audit.list(owner, { limit: 100, ...filter })).items)
async function exported(format: 'jsonl' | 'ocsf' = 'jsonl') {
  const { lines, complete } = await house.modules.audit.export(owner, { format })
  let text = ''
  for await (const part of lines) text += part
  const all = text.split('\n').flatMap((line) => (line.includes('documents.download') ? [Number(/"(400|100|40|0)"/.exec(line)?.[1])] : []))
  return { complete, ages: all.toSorted((a, b) => b - a) }
}

test.each([['free', [0]], ['team', [0, 40, 100]], ['business', [0, 40, 100, 400]], ['own', [0, 40, 100, 400]]] as const)('on %s the list shows what is not older than the plan says', async (plan, shown) => {
  await on(plan)
  expect(await listed()).toEqual(shown)
})

test('no filter reaches further back than the plan, and one that does not reach so far stays as it is', async () => {
  await on('team')
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  expect([await listed({ from: ago(500) }), await listed({ from: ago(50) }), await listed({ from: ago(500), to: ago(380) })]).toEqual([[0, 40, 100], [0, 40], []])
})

test('an export holds as much, and says that it is not everything', async () => {
  await on('team')
  expect([await exported(), await exported('ocsf')]).toEqual([{ complete: false, ages: [100, 40, 0] }, { complete: false, ages: [100, 40, 0] }])
  expect(await house.modules.audit.exportPath(owner, { format: 'jsonl' })).toMatchObject({ complete: false })
  await on('own')
  expect([await exported(), (await house.modules.audit.exportPath(owner, { format: 'jsonl' })).complete]).toEqual([{ complete: true, ages: [400, 100, 40, 0] }, true])
})

test('a smaller plan deletes no row, and the chain is whole: all of it is checked, and all of it shown again by a larger plan', async () => {
  const count = async () => Number((await house.rows<{ n: string }>(`select count(*) as n from audit where org_id = $1 and subject_type = 'test'`, [orgId]))[0]?.n)
  await on('free')
  await house.modules.audit.checkpoint(owner)
  const [checked, total] = [await house.modules.audit.verify(owner, {}), await count()]
  expect([checked.ok, checked.broken, checked.checked >= total, total]).toEqual([true, null, true, AGES.length])
  await on('own')
  expect(await listed()).toEqual([0, 40, 100, 400])
})

test('the installation\'s own audit has no plan', async () => {
  const actor = platformActor(administrator)
  await writtenBefore(actor, 400)
  const { items } = await house.modules.audit.list(actor, { limit: 100 })
  expect([actor.orgId, ages(items)]).toEqual([PLATFORM_ORG_ID, [400]])
})
