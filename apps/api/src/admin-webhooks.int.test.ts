import { PLATFORM_ORG_ID, type StalledHook } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openAdministration, REASON, type Administration, type NewOrg } from './admin.testkit.ts'
import { codeOf, data, mutate } from './api.testkit.ts'

type Counted = { count: number; token: string }
let house: Administration
let org: NewOrg
let endpointId: string
beforeAll(async () => { house = await openAdministration() })
afterAll(() => house.close())
beforeEach(async () => {
  org = await house.newOrg()
  endpointId = data<{ endpoint: { id: string } }>(await mutate(house.api.url, 'webhooks.endpoints.create', { url: 'https://secret-place.example.org/in' }, org.headers)).endpoint.id
})

/** Given up after its last try, with what was answered. */
async function giveUp(times: number): Promise<string[]> {
  const ids = Array.from({ length: times }, () => newId())
  const { rows } = await house.sql.query<{ id: string }>('select id::text from event where org_id = $1 order by id limit 1', [org.id])
  for (const [n, id] of ids.entries()) {
    const eventId = n === 0 ? rows[0]?.id : (await house.sql.query<{ id: string }>(
      `insert into event (org_id, type, actor_id, payload) select org_id, type, actor_id, payload from event where id = $1 returning id::text`, [rows[0]?.id])).rows[0]?.id
    await house.sql.query(`insert into webhook_delivery (id, org_id, endpoint_id, event_id, event_type, lane, state, failures, next_at, created_at, ended_at, response)
      values ($1, $2, $3, $4, 'orgs.created.v1', 'lane', 'dead', 9, now(), now(), now() - interval '1 hour', 'a secret answer')`, [id, org.id, endpointId, eventId])
  }
  return ids
}
const pause = (why: string) => house.sql.query(`update webhook_endpoint set state = 'paused', paused_why = $2, paused_at = now(), failures = 9 where id = $1`, [endpointId, why])
const states = async (): Promise<string[]> => (await house.sql.query<{ state: string }>('select state from webhook_delivery where org_id = $1 order by state', [org.id])).rows.map(({ state }) => state)
const endpointState = async (): Promise<string | undefined> => (await house.sql.query<{ state: string }>('select state from webhook_endpoint where id = $1', [endpointId])).rows[0]?.state
async function does(deed: 'release' | 'drop', selection: object) {
  const { count, token } = data<Counted>(await house.look('webhooks.count', selection))
  return { count, token, answer: await house.act(`webhooks.${deed}`, { selection, token, why: REASON }) }
}
const platformChain = async (action: string) => (await house.sql.query<{ data: object }>('select data from audit where org_id = $1 and action = $2 order by id desc limit 2', [PLATFORM_ORG_ID, action])).rows.map((row) => row.data)

test('deliveries that were given up are shown by ids alone, and sent again, each told in both chains', async () => {
  const [first] = await giveUp(2)
  const selection = { kind: 'delivery', orgId: org.id }
  const listed = await house.look('webhooks.list', selection)
  expect(data<{ items: StalledHook[] }>(listed).items).toHaveLength(2)
  expect(data<{ items: StalledHook[] }>(listed).items[0]).toMatchObject({ kind: 'delivery', orgId: org.id, orgName: org.slug, endpointId, eventType: 'orgs.created.v1', failures: 9, why: null, waiting: null })
  expect(JSON.stringify(listed.body)).not.toMatch(/secret/)
  const { count, answer } = await does('release', selection)
  expect([count, data(answer), await states()]).toEqual([2, { done: 2, left: 0 }, ['pending', 'pending']])
  expect(await house.actions(org.id, first ?? '')).toEqual(['webhooks.redelivery-asked.v1'])
  expect(await platformChain('admin.webhooks-released')).toMatchObject([{ done: [{ orgId: org.id }, { orgId: org.id }], failed: [], reason: REASON }, { kind: 'delivery', reason: REASON }])
})

test('they are dropped for good, no more than were counted, and by whoever counted', async () => {
  const [first] = await giveUp(1)
  const selection = { kind: 'delivery', orgId: org.id }
  const { token } = data<Counted>(await house.look('webhooks.count', selection))
  expect(codeOf(await house.act('webhooks.drop', { selection, token, why: REASON }, house.second.headers))).toBe('admin.selection')
  expect(codeOf(await house.act('webhooks.drop', { selection: { kind: 'delivery' }, token, why: REASON }))).toBe('admin.selection')
  await house.sql.query(`update webhook_delivery set ended_at = now() + interval '1 minute' where id <> $1 and org_id = $2`, [first, org.id])
  expect([data(await house.act('webhooks.drop', { selection, token, why: REASON })), await states()]).toEqual([{ done: 1, left: 0 }, []])
  expect(await house.trail(org.id, first ?? '')).toMatchObject([{ action: 'admin.webhooks-dropped', address: null }])
})

test.each(['failing', 'gone'] as const)('an endpoint that the product paused (%s) is sent to again', async (why) => {
  await pause(why)
  const selection = { kind: 'endpoint', orgId: org.id }
  const listed = data<{ items: StalledHook[] }>(await house.look('webhooks.list', selection)).items
  expect(listed).toMatchObject([{ id: endpointId, kind: 'endpoint', why, failures: 9, waiting: 0, eventType: null }])
  const { answer } = await does('release', selection)
  expect([data(answer), await endpointState()]).toEqual([{ done: 1, left: 0 }, 'active'])
  expect((await house.actions(org.id, endpointId)).at(-1)).toBe('webhooks.endpoint-updated.v1')
})

test.each(['asked', 'owner'] as const)('one that its people paused (%s) stays so, and what was given up for it is not sent', async (why) => {
  await giveUp(1)
  await pause(why)
  expect(data((await does('release', { kind: 'endpoint', orgId: org.id })).answer)).toEqual({ done: 0, left: 1 })
  expect(data((await does('release', { kind: 'delivery', orgId: org.id })).answer)).toEqual({ done: 0, left: 1 })
  expect([await endpointState(), await states()]).toEqual(['paused', ['dead']])
})

test('endpoints are not dropped: they are their organization\'s to delete', async () => {
  await pause('failing')
  expect(codeOf((await does('drop', { kind: 'endpoint', orgId: org.id })).answer)).toBe('input.invalid')
  expect(await endpointState()).toBe('paused')
})
