import { PLATFORM_ORG_ID, type OrgId } from '@intellidocs/contracts'
import { newId, type Use } from '@intellidocs/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administrator, codes, ending, openPlans, refusals, type PlansHouse } from './subscriptions.testkit.ts'

const DAY = 86_400_000
const ROUNDS = 20
let house: PlansHouse
beforeAll(async () => { house = await openPlans() })
afterAll(() => house.close())

const times = <T>(n: number, make: (n: number) => T): T[] => Array.from({ length: n }, (_, index) => make(index))
const invite = (actor: Parameters<PlansHouse['as']>[0], email = `${newId()}@example.test`) => house.as(actor).orgs.invitations.create({ email, role: 'viewer', locale: 'en', roleId: null })
const endpoint = (actor: Parameters<PlansHouse['as']>[0]) => house.as(actor).webhooks.endpoints.create({ url: 'https://hooks.example.org/in' })
const act = (actor: Parameters<PlansHouse['as']>[0], ...uses: Use[]) => house.unit.runInTx(actor, (tx) => house.quota.consume(tx, actor, uses))

describe('at the limit, whoever comes at once', () => {
  /** One organization whose bytes are stored once: what races is what counts. */
  test(`50 uploads with room for 10 are 10 documents, ${ROUNDS} times`, async () => {
    const { editor, org } = await house.org()
    const accept = await house.acceptor(editor)
    for (const round of times(ROUNDS, (n) => n)) {
      await house.setPlan(administrator, { orgId: org.id, plan: 'free', overrides: { documents: 10 * (round + 1), bytes: null } })
      const ended = await Promise.all(times(50, () => ending(accept())))
      expect([round, codes(ended, 'ok'), codes(ended, 'quota.exceeded')]).toEqual([round, 10, 40])
    }
    const all = 10 * ROUNDS
    const [there] = await house.rows<{ documents: number; events: number }>(`select (select count(*) from document where org_id = $1)::int as documents,
      (select count(*) from event where org_id = $1 and type = 'documents.uploaded.v1')::int as events`, [editor.orgId])
    expect([there, await house.used(editor, 'documents'), await house.written(editor, 'documents')]).toEqual([{ documents: all, events: all }, all, all])
  })

  test(`20 invitations with 3 seats left are 3 invitations, ${ROUNDS} times`, async () => {
    const { owner, org } = await house.org()
    for (const round of times(ROUNDS, (n) => n)) {
      await house.setPlan(administrator, { orgId: org.id, plan: 'free', overrides: { members: 5 + 3 * (round + 1) } })
      const ended = await Promise.all(times(20, () => ending(invite(owner))))
      expect([round, codes(ended, 'ok'), codes(ended, 'quota.exceeded')]).toEqual([round, 3, 17])
    }
    expect(await house.rows('select count(*)::int as n from invitation where org_id = $1', [owner.orgId])).toEqual([{ n: 3 * ROUNDS }])
  })

  test('10 endpoints with room for 2 are 2 endpoints', async () => {
    const { owner } = await house.orgOn('team', { webhooks: 2 })
    const ended = await Promise.all(times(10, () => ending(endpoint(owner))))
    expect([codes(ended, 'ok'), codes(ended, 'quota.exceeded')]).toEqual([2, 8])
  })

  test(`40 readings of 7 pages that end at once, with room for 30 pages, are 4 readings, ${ROUNDS} times`, async () => {
    const { system, org } = await house.org()
    for (const round of times(ROUNDS, (n) => n)) {
      await house.setPlan(administrator, { orgId: org.id, plan: 'free', overrides: { pages: 28 * round + 30 } })
      const ended = await Promise.all(times(40, (n) => ending(act(system, { kind: 'pages', amount: 7, key: `pages:${round}:${n}` }))))
      expect([round, codes(ended, 'ok'), await house.used(system, 'pages')]).toEqual([round, 4, 28 * (round + 1)])
    }
    expect(await house.written(system, 'pages')).toBe(28 * ROUNDS)
  })

  test('bytes end where they do, in whatever sizes they come', async () => {
    const { editor } = await house.orgOn('free', { bytes: 1_000 })
    const ended = await Promise.all(times(30, (n) => ending(house.upload(editor, `${n}`.padEnd(90 + n, '.')))))
    const stored = await house.written(editor, 'bytes')
    expect([stored <= 1_000, stored > 1_000 - 120, await house.used(editor, 'bytes')]).toEqual([true, true, stored])
    expect(codes(ended, 'ok') + codes(ended, 'quota.exceeded')).toBe(30)
  })
})

test('a refusal says what is used, what the limit is, when it begins anew and which roles can change it', async () => {
  const { editor } = await house.orgOn('free', { documents: 1 })
  await house.upload(editor)
  const now = house.clock.now()
  expect(refusals([await ending(house.upload(editor))])).toEqual([{
    meter: 'documents', used: 1, limit: 1, plan: 'free', resetsAt: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString(), askRoles: ['owner'],
  }])
})

test('without a limit no counter is kept: nobody waits for anybody', async () => {
  const { editor, owner } = await house.org()
  await house.upload(editor)
  await invite(owner)
  expect([await house.rows('select * from usage_counter where org_id = $1', [editor.orgId]), await house.written(editor, 'documents')]).toEqual([[], 1])
})

test('what was used before there was a limit counts against it, also what is on its way while the limit comes', async () => {
  const { editor, org } = await house.org()
  for (const _ of times(3, () => 0)) await house.upload(editor)
  const uploads = times(10, () => ending(house.upload(editor)))
  await house.setPlan(administrator, { orgId: org.id, plan: 'free', overrides: { documents: 5 } })
  const more = await Promise.all([...uploads, ...times(10, () => ending(house.upload(editor)))])
  const written = await house.written(editor, 'documents')
  expect([written, written >= 5, codes(more, 'ok')]).toEqual([await house.used(editor, 'documents'), true, written - 3])
  expect(codes([await ending(house.upload(editor))], 'quota.exceeded')).toBe(1)
})

test('an act under the same key counts once', async () => {
  const { system } = await house.orgOn('free', { pages: 100 })
  const use: Use = { kind: 'pages', amount: 60, key: 'pages:of one reading' }
  await act(system, use)
  await act(system, use)
  expect([await house.used(system, 'pages'), await house.written(system, 'pages')]).toEqual([60, 60])
})

test('a document that is deleted gives its storage back, of all its versions, once; what it was in its month stays', async () => {
  const { owner } = await house.orgOn('free', { bytes: 100, documents: 10 })
  const { document: { id } } = await house.upload(owner, 'a'.repeat(40))
  await house.upload(owner, 'b'.repeat(50), id)
  expect(codes([await ending(house.upload(owner, 'c'.repeat(20)))], 'quota.exceeded')).toBe(1)
  await house.modules.documents.trash(owner, { id })
  await house.modules.documents.purge(owner, { id })
  await house.unit.runInTx(owner, (tx) => house.quota.giveBack(tx, owner, id))
  expect([await house.used(owner, 'bytes'), await house.written(owner, 'bytes'), await house.used(owner, 'documents')]).toEqual([0, 0, 1])
  await house.upload(owner, 'c'.repeat(100))
})

test('a month that begins begins with nothing used; what stands goes on', async () => {
  const { editor } = await house.orgOn('free', { documents: 1, bytes: 100 })
  await house.upload(editor, 'a'.repeat(60))
  expect(codes([await ending(house.upload(editor, 'b'))], 'quota.exceeded')).toBe(1)
  house.setAhead(32 * DAY)
  const ended = [await ending(house.upload(editor, 'c'.repeat(60))), await ending(house.upload(editor, 'd'.repeat(40)))]
  house.setAhead(0)
  expect([refusals(ended)[0]?.meter, codes(ended, 'ok')]).toEqual(['bytes', 1])
})

test('80 and 100 percent are told once each, those who pass both at once are told of the second; beyond it the grace of the plan', async () => {
  const { system } = await house.orgOn('team', { pages: 10, flowRuns: 10 })
  for (const n of times(11, (index) => index)) await act(system, { kind: 'pages', amount: 1, key: `page ${n}` })
  await act(system, { kind: 'flowRuns', amount: 10, key: 'runs' })
  expect(codes([await ending(act(system, { kind: 'pages', amount: 1, key: 'page 12' }))], 'quota.exceeded')).toBe(1)
  expect(await house.told(system)).toEqual([
    { meter: 'pages', percent: 80, used: 8, limit: 10 }, { meter: 'pages', percent: 100, used: 10, limit: 10 }, { meter: 'flowRuns', percent: 100, used: 10, limit: 10 }])
})

test('an invitation that ran out, or was revoked, leaves its seat; a second one to the same address takes none', async () => {
  const { owner } = await house.orgOn('free', { members: 6 })
  const { invitation: { id } } = await invite(owner, 'one@example.test')
  await invite(owner, 'one@example.test')
  expect(codes([await ending(invite(owner))], 'quota.exceeded')).toBe(1)
  await house.rows(`update invitation set expires_at = now() - interval '1 minute' where org_id = $1`, [owner.orgId])
  const { invitation } = await invite(owner)
  expect([id === invitation.id, codes([await ending(invite(owner))], 'quota.exceeded')]).toEqual([false, 1])
  await house.as(owner).orgs.invitations.revoke({ id: invitation.id })
  await invite(owner)
})

test('above the limits of a smaller plan nothing is taken away and nothing can be added', async () => {
  const { owner, org } = await house.orgOn('business')
  const { document: { id } } = await house.upload(owner)
  await endpoint(owner)
  await endpoint(owner)
  await house.setPlan(administrator, { orgId: org.id, plan: 'free', overrides: { documents: 0 } })
  const ended = [await ending(house.upload(owner)), await ending(invite(owner)), await ending(endpoint(owner))]
  expect(refusals(ended).map(({ meter, used, limit }) => [meter, used, limit])).toEqual([['documents', 1, 0], ['members', 5, 3], ['webhooks', 2, 1]])
  expect(await house.modules.documents.get(owner, { id })).toMatchObject({ id })
  expect((await house.as(owner).webhooks.endpoints.list({})).items).toHaveLength(2)
})

test('after a payment that failed and its grace nothing is added, and what was accepted before is still read and counted', async () => {
  const { owner, system } = await house.orgOn('team')
  await house.rows(`update subscription set status = 'past_due', past_due_since = now() - interval '15 days' where org_id = $1`, [owner.orgId])
  const ended = [await ending(house.upload(owner)), await ending(invite(owner)), await ending(endpoint(owner))]
  expect(codes(ended, 'plan.read_only')).toBe(3)
  expect(await house.written(owner, 'documents')).toBe(0)
  await act(system, { kind: 'pages', amount: 3, key: 'pages:before' })
  expect(await house.current(owner)).toMatchObject({ plan: 'team', status: 'past_due', readOnly: true })
})

test('roles of an organization\'s own are there where the plan has them', async () => {
  const { owner, org } = await house.orgOn('free')
  const create = () => ending(house.as(owner).orgs.roles.create({ name: newId(), permissions: ['documents:read'] }))
  expect(await create()).toEqual({ code: 'plan.feature', details: { feature: 'customRoles', plan: 'free', askRoles: ['owner'] } })
  await house.setPlan(administrator, { orgId: org.id, plan: 'team' })
  expect(await create()).toEqual({ code: 'ok' })
})

test('a plan without exports of the audit gives none, and none is noted', async () => {
  const { owner, org } = await house.orgOn('free')
  const exported = () => ending(house.modules.audit.export(owner, { format: 'jsonl' }))
  expect(await exported()).toEqual({ code: 'plan.feature', details: { feature: 'auditExport', plan: 'free', askRoles: ['owner'] } })
  expect(await house.rows(`select from audit where org_id = $1 and action = 'audit.export'`, [org.id])).toEqual([])
  await house.setPlan(administrator, { orgId: org.id, plan: 'team' })
  expect(await exported()).toEqual({ code: 'ok' })
})

test('the plan that an administrator sets is told, audited in the organization, and shown with what is used of it', async () => {
  const { owner, editor, org } = await house.org()
  await house.upload(editor, 'abc')
  await house.setPlan(administrator, { orgId: org.id, plan: 'team', overrides: { bytes: 10 } })
  expect(await house.current(owner)).toMatchObject({ plan: 'team', provider: 'manual', overrides: { bytes: 10 }, features: ['customRoles', 'auditExport'] })
  const { meters } = await house.usage(owner)
  expect([meters.bytes, meters.documents.used, meters.members]).toEqual([{ used: 3, limit: 10, hard: 11, resetsAt: null }, 1, { used: 5, limit: 15, hard: 15, resetsAt: null }])
  expect(await house.rows(`select data from audit where org_id = $1 and action = 'subscriptions.plan-set.v1'`, [org.id])).toEqual([
    { data: { before: null, after: { plan: 'team', overrides: { bytes: 10 } } } }])
})

test('whence an administrator came is not told to the organization', async () => {
  const { org } = await house.org()
  const from = { ...administrator, source: { ...administrator.source, address: '192.0.2.9' } }
  await house.setPlan(from, { orgId: org.id, plan: 'team' })
  await house.correct(from, { orgId: org.id, meter: 'pages', amount: 1, reason: 'read twice' })
  const kept = await house.rows(`select action, address, session_id from audit where org_id = $1 and action like 'subscriptions.%' order by id`, [org.id])
  expect(kept).toEqual([
    { action: 'subscriptions.plan-set.v1', address: null, session_id: null }, { action: 'subscriptions.usage-corrected.v1', address: null, session_id: null },
  ])
})

test('a plan for an organization that is none is refused, and nothing is written', async () => {
  const orgId = newId() as OrgId
  for (const none of [orgId, PLATFORM_ORG_ID]) {
    await expect(house.setPlan(administrator, { orgId: none, plan: 'team' })).rejects.toMatchObject({ code: 'org.not_found' })
    expect(await house.rows('select from event where org_id = $1', [none])).toEqual([])
  }
})
