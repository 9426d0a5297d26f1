import { once } from 'node:events'
import { PLATFORM_ORG_ID, SYSTEM_USER_ID, type AdminOrg } from '@intellidocs/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openAdministration, REASON, type Administration, type Headers } from './admin.testkit.ts'
import { ADMIN, codeOf, data, get, mutate, query } from './api.testkit.ts'
import { lastMail } from './people.testkit.ts'

let house: Administration
beforeAll(async () => { house = await openAdministration() })
afterAll(async () => { await house?.close() })
const act: Administration['act'] = (...call) => house.act(...call)
const look: Administration['look'] = (...call) => house.look(...call)

/** A socket that listens to an organization's events. */
async function listen(token: string, org: string): Promise<WebSocket> {
  const socket = new WebSocket(`${house.api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
  const started = Promise.withResolvers<void>()
  socket.on('message', (raw: Buffer) => {
    if ((JSON.parse(raw.toString()) as { result?: { type?: string } }).result?.type === 'started') started.resolve()
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token, org } }))
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'notifications.stream' } }))
  await started.promise
  return socket
}
const bearer = (headers: Headers): string => headers['authorization']?.slice(7) ?? ''

describe('who gets in', () => {
  test('nobody but an administrator, in person: not an owner, not a key of an administrator', async () => {
    const { headers } = await house.newOrg()
    const { secret } = data<{ secret: string }>(await mutate(house.api.url, 'users.apiKeys.create', { name: 'ci' }, { ...house.headers(), 'x-intellidocs-org': 'main' }))
    const outsiders = [{}, headers, { authorization: `Bearer ${secret}` }]
    const asked = outsiders.map(async (caller) => [codeOf(await look('orgs.list', {}, caller)), codeOf(await act('users.suspend', { id: house.adminId, reason: REASON }, caller))])
    expect(await Promise.all(asked)).toEqual([['auth.required', 'auth.required'], ['admin.required', 'admin.required'], ['admin.required', 'admin.required']])
    expect((await look('orgs.list')).status).toBe(200)
  })

  test('an administrator with a second factor comes in by it alone', async () => {
    const person = await house.newAdministrator('with-factor')
    expect((await look('orgs.list', {}, person.headers)).status).toBe(200)
    await house.giveFactor(person.id)
    expect(codeOf(await look('orgs.list', {}, person.headers))).toBe('auth.second_factor_required')
    await house.sql.query('update session set second_factor_at = now() where user_id = $1', [person.id])
    expect((await look('orgs.list', {}, person.headers)).status).toBe(200)
  })

  test('whoever is no administrator any more does nothing more, in the middle of a session', async () => {
    const person = await house.newAdministrator('demoted')
    const { id } = await house.newOrg()
    await house.sql.query('update user_account set platform_admin = false where id = $1', [person.id])
    expect(codeOf(await act('orgs.suspend', { id, reason: REASON }, person.headers))).toBe('admin.required')
    expect(data(await look('orgs.get', { id }))).toMatchObject({ status: 'active' })
  })
})

describe('organizations', () => {
  test('are listed newest first by pages, found by a part of their name, and shown by how much they have', async () => {
    const made = [await house.newOrg(), await house.newOrg()]
    const [first] = made
    const page = data<{ items: AdminOrg[]; nextCursor: string }>(await look('orgs.list', { limit: 1 }))
    const next = data<{ items: AdminOrg[] }>(await look('orgs.list', { limit: 1, cursor: page.nextCursor }))
    expect([...page.items, ...next.items].map(({ id }) => id)).toEqual(made.map(({ id }) => id).toReversed())
    expect(data<{ items: AdminOrg[] }>(await look('orgs.list', { search: first?.slug })).items).toMatchObject([{ slug: first?.slug, members: 1, status: 'active' }])
    expect(data<{ items: AdminOrg[] }>(await look('orgs.list', { search: '%' })).items).toEqual([])
    const sent = await fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', body: 'secret words', headers: { ...first?.headers, 'x-file-name': 'a secret name.txt' } })
    expect(sent.status).toBe(201)
    const shown = await look('orgs.get', { id: first?.id })
    expect(data(shown)).toMatchObject({ owners: [{ email: first?.owner.email, active: true }], counts: { documents: 1, versions: 1, bytes: 12, unread: 1, failed: 0, trashed: 0 } })
    expect(JSON.stringify(shown.body)).not.toContain('secret')
  })

  test('one is made for an owner who has an account, in both chains, and not for an address without one', async () => {
    const { id, headers } = await house.newOrg()
    expect(data(await query(house.api.url, 'auth.me', undefined, headers))).toMatchObject({ org: id, role: 'owner' })
    expect([await house.actions(id, id), await house.actions(PLATFORM_ORG_ID, id)]).toEqual([['orgs.created.v1'], ['admin.org-created']])
    expect(codeOf(await act('orgs.create', { name: 'X', slug: 'nobody', owner: 'nobody@example.test' }))).toBe('admin.user_not_found')
    expect(codeOf(await act('orgs.create', { name: 'X', slug: 'main', owner: ADMIN.email }))).toBe('org.slug_taken')
    expect(data<{ items: unknown[] }>(await look('orgs.list', { search: 'nobody' })).items).toEqual([])
  })

  test('a suspended one is shut to sessions, keys, uploads, downloads and open sockets, and to nobody else, until it is resumed', async () => {
    const [{ id, headers }, other] = [await house.newOrg(), await house.newOrg()]
    const { secret } = data<{ secret: string }>(await mutate(house.api.url, 'users.apiKeys.create', { name: 'ci' }, headers))
    const key = { authorization: `Bearer ${secret}` }
    const upload = (as: Headers) => fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', body: 'words', headers: { ...as, 'x-file-name': 'a.txt' } })
    const sent = await upload(headers)
    const content = `${house.api.url}/api/v1/documents/${((await sent.json()) as { document: { id: string } }).document.id}/content`
    expect((await get(content, headers)).status).toBe(200)
    const sockets = await Promise.all([listen(bearer(headers), id), listen(secret, id)])
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))

    expect(data(await act('orgs.suspend', { id, reason: REASON }))).toMatchObject({ status: 'suspended', suspendedReason: REASON })
    const begun = performance.now()
    const answers = async () => [
      codeOf(await query(house.api.url, 'documents.list', {}, headers)), codeOf(await get(content, headers)), (await upload(headers)).status,
      (await query(house.api.url, 'documents.list', {}, key)).status, (await get(content, key)).status, (await upload(key)).status,
    ]
    expect(await answers()).toEqual(['org.not_found', 'org.not_found', 404, 401, 401, 401])
    await closed
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect((await query(house.api.url, 'documents.list', {}, other.headers)).status).toBe(200)

    expect(codeOf(await act('orgs.suspend', { id, reason: REASON }))).toBe('admin.org_state')
    expect(data(await act('orgs.resume', { id }))).toMatchObject({ status: 'active', suspendedReason: null })
    expect([(await get(content, headers)).status, (await get(content, key)).status]).toEqual([200, 200])
    expect([(await house.actions(id, id)).slice(1), (await house.actions(PLATFORM_ORG_ID, id)).slice(1)]).toEqual([
      ['orgs.suspended.v1', 'orgs.resumed.v1'], ['admin.org-suspended', 'admin.org-resumed'],
    ])
    const [, own] = await house.trail(id, id)
    const [, platform] = await house.trail(PLATFORM_ORG_ID, id)
    expect([own, platform]).toMatchObject([
      { actor: house.adminId, address: null, data: { after: { status: 'suspended', reason: REASON } } }, { actor: house.adminId, address: '127.0.0.1' },
    ])
  })

  test('what the installation deleted is not taken back by its owners, is suspended when it is restored, and its owners are told', async () => {
    const { id, slug, owner, headers } = await house.newOrg()
    expect(codeOf(await act('orgs.delete', { id, slug: 'other', reason: REASON }))).toBe('org.confirm')
    await house.sql.query(`insert into retention_hold (id, org_id, name, reason, kind, placed_by) values ($1, $1, 'a secret name', 'x', 'all', $2)`, [id, owner.id])
    const held = await act('orgs.delete', { id, slug, reason: REASON })
    expect([codeOf(held), JSON.stringify(held.body).includes(id), JSON.stringify(held.body).includes('secret')]).toEqual(['retention.held', true, false])
    await house.sql.query(`update retention_hold set released_by = placed_by, released_at = now(), release_reason = 'x' where id = $1`, [id])
    const { purgeAt } = data<AdminOrg>(await act('orgs.delete', { id, slug, reason: REASON }))
    expect(await lastMail(house.api, owner.email, 'org-deletion-scheduled')).toMatchObject({ at: purgeAt })
    expect(codeOf(await mutate(house.api.url, 'orgs.undelete', undefined, headers))).toBe('org.not_found')
    expect(codeOf(await act('orgs.delete', { id, slug, reason: REASON }))).toBe('admin.org_state')
    expect(data(await act('orgs.restore', { id }))).toMatchObject({ status: 'suspended', purgeAt: null, suspendedReason: REASON })
    expect(codeOf(await query(house.api.url, 'documents.list', {}, headers))).toBe('org.not_found')
    data(await act('orgs.resume', { id }))
    expect((await query(house.api.url, 'documents.list', {}, headers)).status).toBe(200)
    const followed = await house.sql.query(`select from delivery d join event e on e.id = d.event_id where e.org_id = $1 and d.subscriber = 'orgs.follow-deletion'`, [id])
    expect(followed.rowCount).toBe(2)
  })

  test('what its owners deleted is open again when it is restored', async () => {
    const { id, slug, headers } = await house.newOrg()
    data(await mutate(house.api.url, 'orgs.delete', { slug }, headers))
    expect(data(await act('orgs.restore', { id }))).toMatchObject({ status: 'active', purgeAt: null })
  })
})

test("the installation's chain is read and verified by administrators, and by nobody else", async () => {
  const rows = data<{ items: { action: string }[] }>(await look('audit.list', { action: 'admin.' })).items
  expect(new Set(rows.map(({ action }) => action))).toEqual(new Set(['admin.org-created', 'admin.org-suspended', 'admin.org-resumed', 'admin.org-deleted', 'admin.org-restored']))
  await house.api.api.modules.audit.seal()
  expect(data(await look('audit.verify'))).toMatchObject({ ok: true, broken: null })
  const { headers } = await house.newOrg()
  expect(codeOf(await look('audit.list', {}, headers))).toBe('admin.required')
})

test('the role of administrators reads these columns and no others: no name of a document, no word of it, no secret of an account', async () => {
  const { rows } = await house.sql.query<{ column: string }>(`
    select table_name || '.' || column_name as column from information_schema.column_privileges
    where grantee = 'app_admin' and privilege_type = 'SELECT' order by 1`)
  const of = (table: string, ...columns: string[]) => columns.map((column) => `${table}.${column}`)
  expect(rows.map(({ column }) => column)).toEqual([
    ...of('delivery', 'attempts', 'event_id', 'id', 'next_at', 'org_id', 'state', 'subscriber'), ...of('document', 'lifecycle', 'org_id'),
    ...of('document_version', 'attempt', 'document_id', 'id', 'org_id', 'reason', 'size', 'stage', 'state', 'state_changed_at'),
    ...of('event', 'at', 'id', 'org_id', 'type'), ...of('flow_run', 'document_id', 'ended_at', 'id', 'org_id', 'reason', 'state', 'state_changed_at'),
    ...of('installation_check', 'asked_at', 'asked_by', 'at_blob', 'at_org', 'blobs', 'cancel_asked', 'counts', 'differences', 'ended_at', 'hash', 'id', 'orgs_done', 'orgs_total',
      'started_at', 'state', 'step'),
    ...of('installation_setting', 'banner', 'changed_at', 'changed_by', 'only_one', 'read_only', 'switches'),
    ...of('membership', 'created_at', 'org_id', 'role', 'status', 'user_id'),
    ...of('org', 'created_at', 'id', 'name', 'purge_at', 'slug', 'status', 'suspended_at', 'suspended_reason'),
    ...of('retention_hold', 'id', 'org_id', 'placed_at', 'released_at'), ...of('second_factor', 'confirmed_at', 'user_id'),
    ...of('second_factor_reset', 'asked_at', 'asked_by', 'decided_at', 'decided_by', 'expires_at', 'id', 'reason', 'state', 'user_id'),
    ...of('session', 'expires_at', 'last_seen_at', 'public_id', 'second_factor_at', 'user_id'),
    ...of('support_access', 'ends_at', 'granted_at', 'id', 'org_id', 'reason', 'revoked_at'),
    ...of('support_visit', 'access_id', 'opened_at', 'org_id', 'reason', 'user_id'),
    ...of('user_account', 'created_at', 'email', 'email_verified_at', 'id', 'locale', 'name', 'platform_admin', 'status'),
    ...of('webhook_delivery', 'ended_at', 'endpoint_id', 'event_type', 'failures', 'id', 'org_id', 'state'),
    ...of('webhook_endpoint', 'deleted_at', 'failures', 'id', 'org_id', 'paused_at', 'paused_why', 'state'),
  ])
  const insert = (orgId: string) => house.api.database.database.run({ kind: 'admin' }, (tx) => tx.$executeRaw`
    insert into event (org_id, type, actor_id, payload) values (${orgId}::uuid, 'documents.trashed.v1', ${SYSTEM_USER_ID}::uuid, '{}')`)
  await expect(insert((await house.newOrg()).id)).rejects.toThrow(/row-level security/)
  await expect(house.api.database.database.run({ kind: 'admin' }, (tx) => tx.$queryRaw`select name from document`)).rejects.toThrow(/permission denied/)
})
