import { PLATFORM_ORG_ID, type FeatureSwitch, type SwitchName } from '@intellidocs/contracts'
import { createAppRouter } from '@intellidocs/domain'
import { newId, type Meta } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAdministration, REASON, type Administration, type NewOrg } from './admin.testkit.ts'
import { codeOf, data, mutate, query } from './api.testkit.ts'

let house: Administration
let org: NewOrg
let other: NewOrg
beforeAll(async () => {
  house = await openAdministration()
  ;[org, other] = [await house.newOrg(), await house.newOrg()]
})
afterAll(() => house.close())

const set = (name: SwitchName, on: boolean | null, orgId?: string) => house.act('switches.set', { name, on, reason: REASON, ...(orgId === undefined ? {} : { orgId }) })
/** The code of a call that lacks all it needs: that of the switch, or that something is wrong with it. */
const asked = async (path: string, { headers }: NewOrg) => codeOf(await mutate(house.api.url, path, {}, headers))

/** What each switch refuses; a test compares it with what procedures say. */
const refused: Readonly<Record<string, SwitchName>> = {
  'documents.shares.create': 'shareLinks', 'documents.shares.update': 'shareLinks', 'documents.uploadRequests.create': 'uploadRequests', 'documents.uploadRequests.update': 'uploadRequests',
  'webhooks.endpoints.create': 'webhooks', 'webhooks.endpoints.test': 'webhooks', 'webhooks.deliveries.redeliver': 'webhooks', 'workflows.runs.start': 'flows',
}

test('what a switch refuses is this, for the organization it is switched off for and for no other', async () => {
  const procedures = Object.entries(createAppRouter(house.api.api.modules)._def.procedures as object as Record<string, { _def: { meta?: Meta } }>)
  expect(Object.fromEntries(procedures.flatMap(([path, { _def: { meta } }]) => (meta?.switchedBy === undefined ? [] : [[path, meta.switchedBy]])))).toEqual(refused)
  for (const name of new Set(Object.values(refused))) data(await set(name, false, org.id))
  for (const path of Object.keys(refused)) expect([path, await asked(path, org), await asked(path, other)]).toEqual([path, 'feature.off', 'input.invalid'])
  for (const name of new Set(Object.values(refused))) data(await set(name, null, org.id))
  for (const path of Object.keys(refused)) expect([path, await asked(path, org)]).toEqual([path, 'input.invalid'])
})

test('off for all, on for one: what was said of one holds; each is told in the chain of the installation, and of the organization without why', async () => {
  data(await set('flows', false))
  expect(data(await set('flows', true, org.id))).toEqual({ name: 'flows', on: false, orgs: [{ orgId: org.id, on: true }] })
  expect([await asked('workflows.runs.start', org), await asked('workflows.runs.start', other)]).toEqual(['input.invalid', 'feature.off'])
  expect(data<{ switches: FeatureSwitch[] }>(await house.look('switches.list', undefined)).switches.filter(({ on, orgs }) => !on || orgs.length > 0)).toEqual([
    { name: 'flows', on: false, orgs: [{ orgId: org.id, on: true }] }])
  data(await set('flows', true))
  expect((await house.trail(org.id, org.id)).filter(({ action }) => action === 'admin.switch-set').at(-1)).toMatchObject({ address: null, data: { name: 'flows', on: true } })
  const { rows } = await house.sql.query<{ data: object }>(`select data from audit where org_id = $1 and action = 'admin.switch-set' order by id desc limit 1`, [PLATFORM_ORG_ID])
  expect(rows).toEqual([{ data: { name: 'flows', on: true, reason: REASON } }])
})

test('a link that is there opens nothing while links are switched off, and opens again', async () => {
  const sent = await fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', headers: { ...org.headers, 'x-file-name': 'a.txt' }, body: 'words' })
  const { document: { id } } = await sent.json() as { document: { id: string } }
  const { url } = data<{ url: string }>(await mutate(house.api.url, 'documents.shares.create', { documentId: id }, org.headers))
  const open = async () => (await fetch(`${house.api.url}${new URL(url).pathname}`)).status
  expect(await open()).toBe(200)
  data(await set('shareLinks', false, org.id))
  expect(await open()).toBe(404)
  data(await set('shareLinks', null, org.id))
  expect(await open()).toBe(200)
})

test('nobody signs up while that is switched off, and who was invited comes in', async () => {
  data(await set('signUp', false))
  const signUp = () => mutate(house.api.url, 'auth.signUp', { email: `${newId()}@example.test`, name: 'new', password: 'a good long password' })
  expect(codeOf(await signUp())).toBe('auth.sign_up_closed')
  data(await set('signUp', true))
  expect((await signUp()).status).toBe(200)
  expect(codeOf(await set('signUp', false, org.id))).toBe('input.invalid')
})

test('of an organization that is not there nothing is said, and nobody but administrators switches', async () => {
  expect(codeOf(await set('flows', false, newId()))).toBe('admin.org_not_found')
  expect(codeOf(await house.act('switches.set', { name: 'flows', on: false, reason: REASON }, org.headers))).toBe('admin.required')
  expect(codeOf(await query(house.api.url, 'admin.switches.list', undefined, org.headers))).toBe('admin.required')
})

test('of 20 switches that are set at once none is lost', async () => {
  const orgs = [org, other]
  await Promise.all(Array.from({ length: 20 }, (_, n) => set(n % 2 === 0 ? 'webhooks' : 'uploadRequests', false, orgs[(n >> 1) % 2]?.id)))
  const { switches } = data<{ switches: FeatureSwitch[] }>(await house.look('switches.list', undefined))
  expect(switches.filter(({ name }) => name === 'webhooks' || name === 'uploadRequests').map(({ orgs: said }) => said.length)).toEqual([2, 2])
})
