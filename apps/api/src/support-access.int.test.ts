import { once } from 'node:events'
import { PLATFORM_ORG_ID, type SupportAccess, type SupportConsent } from '@intellidocs/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openAdministration, REASON, type Administration, type Headers, type NewOrg } from './admin.testkit.ts'
import { codeOf, data, get, mutate, query } from './api.testkit.ts'

let house: Administration
beforeAll(async () => { house = await openAdministration() })
afterAll(async () => { await house?.close() })

const grant = async ({ headers }: NewOrg): Promise<SupportAccess> => data(await mutate(house.api.url, 'orgs.supportAccess.grant', { hours: 1, reason: 'search finds nothing' }, headers))
const inside = ({ slug }: NewOrg, of: Headers = house.headers()): Headers => ({ ...of, 'x-intellidocs-org': `support:${slug}` })
const documents = (headers: Headers) => query(house.api.url, 'documents.list', {}, headers)

async function upload({ headers }: NewOrg): Promise<string> {
  const sent = await fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', body: 'words', headers: { ...headers, 'x-file-name': 'a.txt' } })
  return ((await sent.json()) as { document: { id: string } }).document.id
}

test('by consent of an owner an administrator who said why reads for a time what a viewer reads, and changes nothing; both chains tell of it', async () => {
  const [org, other] = [await house.newOrg(), await house.newOrg()]
  const id = await upload(org)
  expect(codeOf(await documents(inside(org)))).toBe('org.not_found')
  const access = await grant(org)
  expect(codeOf(await documents(inside(org)))).toBe('org.not_found')
  expect(data<{ items: SupportConsent[] }>(await house.look('support.list')).items).toMatchObject([{ id: access.id, orgSlug: org.slug, opened: false }])
  expect(data(await house.act('support.open', { id: access.id, reason: REASON }))).toMatchObject({ opened: true })
  data(await house.act('support.open', { id: access.id, reason: REASON }))

  expect(data<{ items: { id: string }[] }>(await documents(inside(org))).items.map((one) => one.id)).toEqual([id])
  expect((await get(`${house.api.url}/api/v1/documents/${id}/content`, inside(org))).status).toBe(200)
  const changes = [
    await mutate(house.api.url, 'documents.trash', { id }, inside(org)), await mutate(house.api.url, 'users.apiKeys.create', { name: 'stays' }, inside(org)),
    await mutate(house.api.url, 'orgs.update', { name: 'Mine' }, inside(org)), await mutate(house.api.url, 'orgs.supportAccess.grant', { hours: 100, reason: REASON }, inside(org)),
  ]
  expect(changes.map(codeOf)).toEqual(changes.map(() => 'auth.forbidden'))
  expect(codeOf(await documents(inside(other)))).toBe('org.not_found')
  expect(codeOf(await documents(inside(org, house.second.headers)))).toBe('org.not_found')
  expect(codeOf(await documents(inside(org, other.headers)))).toBe('org.not_found')

  const shown = data<{ items: SupportAccess[] }>(await query(house.api.url, 'orgs.supportAccess.list', {}, org.headers)).items
  expect(shown).toMatchObject([{ id: access.id, open: true, visits: [{ userId: house.adminId, reason: REASON }] }])
  expect(await house.actions(org.id, access.id)).toEqual(['orgs.support-granted.v1', 'orgs.support-opened.v1'])
  const downloads = (await house.trail(org.id, id)).filter(({ action }) => action === 'documents.download')
  expect(downloads).toMatchObject([{ actor: house.adminId }])
  expect((await house.actions(PLATFORM_ORG_ID, org.id)).filter((action) => action === 'admin.support-opened')).toHaveLength(1)
})

test('it ends at once when it is revoked, on an open socket within seconds, and by itself when its time has come', async () => {
  const org = await house.newOrg()
  const access = await grant(org)
  data(await house.act('support.open', { id: access.id, reason: REASON }))
  const socket = new WebSocket(`${house.api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token: house.headers()['authorization']?.slice(7), org: `support:${org.slug}` } }))
  socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'documents.list', input: {} } }))
  const [answer] = await once(socket, 'message') as [Buffer]
  expect(answer.toString()).toContain('"items":[]')
  const closed = once(socket, 'close')
  data(await mutate(house.api.url, 'orgs.supportAccess.revoke', { id: access.id }, org.headers))
  expect(codeOf(await documents(inside(org)))).toBe('org.not_found')
  await closed
  expect(codeOf(await mutate(house.api.url, 'orgs.supportAccess.revoke', { id: access.id }, org.headers))).toBe('support.not_found')
  expect(codeOf(await house.act('support.open', { id: access.id, reason: REASON }))).toBe('support.not_found')

  const late = await grant(org)
  data(await house.act('support.open', { id: late.id, reason: REASON }))
  expect((await documents(inside(org))).status).toBe(200)
  await house.sql.query(`update support_access set granted_at = now() - interval '2 hours', ends_at = now() - interval '1 second' where id = $1`, [late.id])
  expect(codeOf(await documents(inside(org)))).toBe('org.not_found')
})

test('an administrator with a second factor looks by it alone, and nobody looks who is none any more', async () => {
  const org = await house.newOrg()
  const person = await house.newAdministrator('looks')
  const access = await grant(org)
  data(await house.act('support.open', { id: access.id, reason: REASON }, person.headers))
  expect((await documents(inside(org, person.headers))).status).toBe(200)
  await house.giveFactor(person.id)
  expect(codeOf(await documents(inside(org, person.headers)))).toBe('org.not_found')
  await house.sql.query('update session set second_factor_at = now() where user_id = $1', [person.id])
  expect((await documents(inside(org, person.headers))).status).toBe(200)
  await house.sql.query('update user_account set platform_admin = false where id = $1', [person.id])
  expect(codeOf(await documents(inside(org, person.headers)))).toBe('org.not_found')
})

test('only an owner in person consents, not an admin and not a key', async () => {
  const org = await house.newOrg()
  const { secret } = data<{ secret: string }>(await mutate(house.api.url, 'users.apiKeys.create', { name: 'ci', scopes: ['orgs:delete', 'orgs:manage'] }, org.headers))
  await house.sql.query(`insert into membership (org_id, user_id, role) values ($1, $2, 'admin')`, [org.id, house.second.id])
  const asked = [{ authorization: `Bearer ${secret}` }, { ...house.second.headers, 'x-intellidocs-org': org.slug }]
    .map((headers) => mutate(house.api.url, 'orgs.supportAccess.grant', { hours: 1, reason: REASON }, headers))
  expect((await Promise.all(asked)).map(codeOf)).toEqual(['auth.forbidden', 'auth.forbidden'])
})
