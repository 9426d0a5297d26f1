import { once } from 'node:events'
import { PLATFORM_ORG_ID, SYSTEM_USER_ID, type AdminOrg, type AdminUser, type SecondFactorReset } from '@intellidocs/contracts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ADMIN, codeOf, data, get, mutate, query, signIn, startTestApi, type Answer, type TestApi } from './api.testkit.ts'
import { kindsOf, lastMail, mailsTo, newPerson, PASSWORD, securityLog, signInAs, wideLimits, type Person } from './people.testkit.ts'

const REASON = 'unpaid since March'
type Headers = Record<string, string>
let api: TestApi
let sql: pg.Client
/** An owner of `main`, too. */
let admin: Headers & { authorization: string }
let adminId: string
/** Another administrator, who is a member of nothing. */
let second: Person

beforeAll(async () => {
  api = await startTestApi({ signUp: 'open', rateLimits: wideLimits })
  sql = new pg.Client({ connectionString: api.database.adminUrl })
  await sql.connect()
  admin = { authorization: (await signIn(api.url))['authorization'] ?? '' }
  adminId = data<{ user: { id: string } }>(await query(api.url, 'auth.me', undefined, admin)).user.id
  second = await newAdministrator('second')
})
afterAll(async () => {
  await sql.end()
  await api.close()
})

const act = (path: string, input: unknown, headers: Headers = admin): Promise<Answer> => mutate(api.url, `admin.${path}`, input, headers)
const look = (path: string, input: unknown = {}, headers: Headers = admin): Promise<Answer> => query(api.url, `admin.${path}`, input, headers)

async function newAdministrator(name: string): Promise<Person> {
  const person = await newPerson(api, name)
  await sql.query('update user_account set platform_admin = true where id = $1', [person.id])
  return person
}
const giveFactor = (userId: string) =>
  sql.query(`insert into second_factor (user_id, secret, confirmed_at, last_step) values ($1, '\\x00', now(), 0)`, [userId])

/** What a chain says of one subject, oldest first. */
async function trail(orgId: string, subjectId: string): Promise<{ action: string; actor: string; address: string | null; data: Record<string, unknown> }[]> {
  const { rows } = await sql.query<{ action: string; actor: string; address: string | null; data: Record<string, unknown> }>(
    'select action, actor_id::text as actor, address, data from audit where org_id = $1 and subject_id = $2 order by id', [orgId, subjectId])
  return rows
}
const actions = async (orgId: string, subjectId: string): Promise<string[]> => (await trail(orgId, subjectId)).map(({ action }) => action)

let orgs = 0
/** An organization with an owner of its own. */
async function newOrg(): Promise<{ id: string; slug: string; owner: Person; headers: Headers }> {
  const slug = `org-${(orgs += 1)}`
  const owner = await newPerson(api, `owner-${slug}`)
  const { id } = data<AdminOrg>(await act('orgs.create', { name: slug, slug, owner: owner.email }))
  return { id, slug, owner, headers: { ...owner.headers, 'x-intellidocs-org': slug } }
}

/** A socket that listens to an organization's events. */
async function listen(token: string, org: string): Promise<WebSocket> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
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
    const { headers } = await newOrg()
    const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, { ...admin, 'x-intellidocs-org': 'main' }))
    const outsiders = [{}, headers, { authorization: `Bearer ${secret}` }]
    const asked = outsiders.map(async (caller) => [codeOf(await look('orgs.list', {}, caller)), codeOf(await act('users.suspend', { id: adminId, reason: REASON }, caller))])
    expect(await Promise.all(asked)).toEqual([['auth.required', 'auth.required'], ['admin.required', 'admin.required'], ['admin.required', 'admin.required']])
    expect((await look('orgs.list')).status).toBe(200)
  })

  test('an administrator with a second factor comes in by it alone', async () => {
    const person = await newAdministrator('with-factor')
    expect((await look('orgs.list', {}, person.headers)).status).toBe(200)
    await giveFactor(person.id)
    expect(codeOf(await look('orgs.list', {}, person.headers))).toBe('auth.second_factor_required')
    await sql.query('update session set second_factor_at = now() where user_id = $1', [person.id])
    expect((await look('orgs.list', {}, person.headers)).status).toBe(200)
  })

  test('whoever is no administrator any more does nothing more, in the middle of a session', async () => {
    const person = await newAdministrator('demoted')
    const { id } = await newOrg()
    await sql.query('update user_account set platform_admin = false where id = $1', [person.id])
    expect(codeOf(await act('orgs.suspend', { id, reason: REASON }, person.headers))).toBe('admin.required')
    expect(data(await look('orgs.get', { id }))).toMatchObject({ status: 'active' })
  })
})

describe('organizations', () => {
  test('are listed newest first by pages, found by a part of their name, and shown by how much they have', async () => {
    const made = [await newOrg(), await newOrg()]
    const [first] = made
    const page = data<{ items: AdminOrg[]; nextCursor: string }>(await look('orgs.list', { limit: 1 }))
    const next = data<{ items: AdminOrg[] }>(await look('orgs.list', { limit: 1, cursor: page.nextCursor }))
    expect([...page.items, ...next.items].map(({ id }) => id)).toEqual(made.map(({ id }) => id).toReversed())
    expect(data<{ items: AdminOrg[] }>(await look('orgs.list', { search: first?.slug })).items).toMatchObject([{ slug: first?.slug, members: 1, status: 'active' }])
    expect(data<{ items: AdminOrg[] }>(await look('orgs.list', { search: '%' })).items).toEqual([])
    const sent = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: 'secret words', headers: { ...first?.headers, 'x-file-name': 'a secret name.txt' } })
    expect(sent.status).toBe(201)
    const shown = await look('orgs.get', { id: first?.id })
    expect(data(shown)).toMatchObject({ owners: [{ email: first?.owner.email, active: true }], counts: { documents: 1, versions: 1, bytes: 12, unread: 1, failed: 0, trashed: 0 } })
    expect(JSON.stringify(shown.body)).not.toContain('secret')
  })

  test('one is made for an owner who has an account, in both chains, and not for an address without one', async () => {
    const { id, headers } = await newOrg()
    expect(data(await query(api.url, 'auth.me', undefined, headers))).toMatchObject({ org: id, role: 'owner' })
    expect([await actions(id, id), await actions(PLATFORM_ORG_ID, id)]).toEqual([['orgs.created.v1'], ['admin.org-created']])
    expect(codeOf(await act('orgs.create', { name: 'X', slug: 'nobody', owner: 'nobody@example.test' }))).toBe('admin.user_not_found')
    expect(codeOf(await act('orgs.create', { name: 'X', slug: 'main', owner: ADMIN.email }))).toBe('org.slug_taken')
    expect(data<{ items: unknown[] }>(await look('orgs.list', { search: 'nobody' })).items).toEqual([])
  })

  test('a suspended one is shut to sessions, keys, uploads, downloads and open sockets, and to nobody else, until it is resumed', async () => {
    const [{ id, headers }, other] = [await newOrg(), await newOrg()]
    const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, headers))
    const key = { authorization: `Bearer ${secret}` }
    const upload = (as: Headers) => fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: 'words', headers: { ...as, 'x-file-name': 'a.txt' } })
    const sent = await upload(headers)
    const content = `${api.url}/api/v1/documents/${((await sent.json()) as { document: { id: string } }).document.id}/content`
    expect((await get(content, headers)).status).toBe(200)
    const sockets = await Promise.all([listen(bearer(headers), id), listen(secret, id)])
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))

    expect(data(await act('orgs.suspend', { id, reason: REASON }))).toMatchObject({ status: 'suspended', suspendedReason: REASON })
    const begun = performance.now()
    const answers = async () => [
      codeOf(await query(api.url, 'documents.list', {}, headers)), codeOf(await get(content, headers)), (await upload(headers)).status,
      (await query(api.url, 'documents.list', {}, key)).status, (await get(content, key)).status, (await upload(key)).status,
    ]
    expect(await answers()).toEqual(['org.not_found', 'org.not_found', 404, 401, 401, 401])
    await closed
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect((await query(api.url, 'documents.list', {}, other.headers)).status).toBe(200)

    expect(codeOf(await act('orgs.suspend', { id, reason: REASON }))).toBe('admin.org_state')
    expect(data(await act('orgs.resume', { id }))).toMatchObject({ status: 'active', suspendedReason: null })
    expect([(await get(content, headers)).status, (await get(content, key)).status]).toEqual([200, 200])
    expect([(await actions(id, id)).slice(1), (await actions(PLATFORM_ORG_ID, id)).slice(1)]).toEqual([
      ['orgs.suspended.v1', 'orgs.resumed.v1'], ['admin.org-suspended', 'admin.org-resumed'],
    ])
    const [, own] = await trail(id, id)
    const [, platform] = await trail(PLATFORM_ORG_ID, id)
    expect([own, platform]).toMatchObject([
      { actor: adminId, address: null, data: { after: { status: 'suspended', reason: REASON } } }, { actor: adminId, address: '127.0.0.1' },
    ])
  })

  test('what the installation deleted is not taken back by its owners, is suspended when it is restored, and its owners are told', async () => {
    const { id, slug, owner, headers } = await newOrg()
    expect(codeOf(await act('orgs.delete', { id, slug: 'other', reason: REASON }))).toBe('org.confirm')
    const { purgeAt } = data<AdminOrg>(await act('orgs.delete', { id, slug, reason: REASON }))
    expect(await lastMail(api, owner.email, 'org-deletion-scheduled')).toMatchObject({ at: purgeAt })
    expect(codeOf(await mutate(api.url, 'orgs.undelete', undefined, headers))).toBe('org.not_found')
    expect(codeOf(await act('orgs.delete', { id, slug, reason: REASON }))).toBe('admin.org_state')
    expect(data(await act('orgs.restore', { id }))).toMatchObject({ status: 'suspended', purgeAt: null, suspendedReason: REASON })
    expect(codeOf(await query(api.url, 'documents.list', {}, headers))).toBe('org.not_found')
    data(await act('orgs.resume', { id }))
    expect((await query(api.url, 'documents.list', {}, headers)).status).toBe(200)
    const followed = await sql.query(`select from delivery d join event e on e.id = d.event_id where e.org_id = $1 and d.subscriber = 'orgs.follow-deletion'`, [id])
    expect(followed.rowCount).toBe(2)
  })

  test('what its owners deleted is open again when it is restored', async () => {
    const { id, slug, headers } = await newOrg()
    data(await mutate(api.url, 'orgs.delete', { slug }, headers))
    expect(data(await act('orgs.restore', { id }))).toMatchObject({ status: 'active', purgeAt: null })
  })
})

describe('accounts', () => {
  test('are found by a part of their address, with what they belong to', async () => {
    const { id, owner } = await newOrg()
    expect(data<{ items: AdminUser[] }>(await look('users.find', { search: owner.email.slice(0, -3) })).items).toMatchObject([
      { id: owner.id, status: 'active', secondFactor: false, platformAdmin: false, sessions: 1 },
    ])
    expect(data(await look('users.get', { id: owner.id }))).toMatchObject({ orgs: [{ orgId: id, role: 'owner', active: true }] })
  })

  test('a suspended one has no session, opens nothing by a key, and cannot sign in until it is resumed', async () => {
    const { headers, owner } = await newOrg()
    const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, headers))
    const key = { authorization: `Bearer ${secret}` }
    expect(data(await act('users.suspend', { id: owner.id, reason: REASON }))).toMatchObject({ status: 'suspended', sessions: 0 })
    expect([(await query(api.url, 'documents.list', {}, headers)).status, (await query(api.url, 'documents.list', {}, key)).status]).toEqual([401, 401])
    expect(codeOf(await mutate(api.url, 'auth.signIn', { email: owner.email, password: PASSWORD }))).toBe('auth.invalid_credentials')
    expect(codeOf(await act('users.suspend', { id: owner.id, reason: REASON }))).toBe('admin.user_state')
    data(await act('users.resume', { id: owner.id }))
    expect((await query(api.url, 'documents.list', {}, key)).status).toBe(200)
    expect(kindsOf(await securityLog(api, await signInAs(api, owner.email)))).toEqual(expect.arrayContaining(['account-suspended', 'account-resumed']))
    expect(await actions(PLATFORM_ORG_ID, owner.id)).toEqual(expect.arrayContaining(['users.suspended.v1', 'users.resumed.v1']))
  })

  test('signing out ends every session and leaves the account open', async () => {
    const { owner, headers } = await newOrg()
    expect(data(await act('users.signOut', { id: owner.id, reason: REASON }))).toEqual({ id: owner.id, sessions: 1 })
    expect((await query(api.url, 'auth.me', undefined, headers)).status).toBe(401)
    await signInAs(api, owner.email)
  })

  test('of two administrators who suspend each other at once, one is left, three times over; nobody suspends themselves', async () => {
    expect(codeOf(await act('users.suspend', { id: adminId, reason: REASON }))).toBe('admin.own_account')
    for (let round = 0; round < 3; round += 1) {
      const headers = await signInAs(api, second.email)
      const left = await Promise.all([act('users.suspend', { id: second.id, reason: REASON }), act('users.suspend', { id: adminId, reason: REASON }, headers)])
      expect(left.filter(({ status }) => status === 200)).toHaveLength(1)
      await sql.query(`update user_account set status = 'active' where id = any ($1)`, [[adminId, second.id]])
      admin = { authorization: (await signIn(api.url))['authorization'] ?? '' }
    }
    second = { ...second, headers: await signInAs(api, second.email) }
  })
})

describe('a second factor that is lost', () => {
  const ofSomebody = async (name: string): Promise<Person> => {
    const person = await newPerson(api, name)
    await giveFactor(person.id)
    return person
  }
  const hasFactor = async (userId: string): Promise<boolean> => (await sql.query('select from second_factor where user_id = $1', [userId])).rowCount === 1
  const ask = async (userId: string): Promise<SecondFactorReset> => data(await act('users.resetSecondFactor', { id: userId, reason: REASON }))

  test('is taken off by two administrators: who asks does not approve; 20 approvals at once take it off once', async () => {
    const person = await ofSomebody('loser')
    const { id, state } = await ask(person.id)
    expect([state, await hasFactor(person.id)]).toEqual(['open', true])
    expect(codeOf(await act('users.resets.approve', { id }))).toBe('admin.second_person')
    expect(codeOf(await act('users.resetSecondFactor', { id: person.id, reason: REASON }, second.headers))).toBe('admin.reset_open')
    expect(await hasFactor(person.id)).toBe(true)
    const answers = await Promise.all(Array.from({ length: 20 }, () => act('users.resets.approve', { id }, second.headers)))
    expect(answers.map(codeOf).toSorted()).toEqual([...Array.from({ length: 19 }, () => 'admin.reset_not_found'), undefined])
    expect(await hasFactor(person.id)).toBe(false)
    expect((await query(api.url, 'auth.me', undefined, person.headers)).status).toBe(401)
    expect((await mailsTo(api, person.email)).filter(({ template }) => template === 'second-factor-changed')).toMatchObject([{ data: { change: 'taken-off' } }])
    const told = (await trail(PLATFORM_ORG_ID, person.id)).filter(({ action }) => action.startsWith('users.second-factor'))
    expect(told.map(({ action, actor }) => [action, actor])).toEqual([
      ['users.second-factor-reset-asked.v1', adminId], ['users.second-factor-reset-decided.v1', second.id], ['users.second-factor-changed.v1', second.id],
    ])
  })

  test('an administrator does not approve what is about themselves, and a refused or late request takes nothing off', async () => {
    const third = await newAdministrator('third')
    await giveFactor(third.id)
    await sql.query('update session set second_factor_at = now() where user_id = $1', [third.id])
    const { id } = await ask(third.id)
    expect(codeOf(await act('users.resets.approve', { id }, third.headers))).toBe('admin.second_person')
    expect(data(await act('users.resets.refuse', { id }, second.headers))).toMatchObject({ state: 'refused', decidedBy: second.id })
    expect(codeOf(await act('users.resets.approve', { id }, second.headers))).toBe('admin.reset_not_found')
    const late = await ask(third.id)
    await sql.query(`update second_factor_reset set expires_at = now() - interval '1 second' where id = $1`, [late.id])
    expect(codeOf(await act('users.resets.approve', { id: late.id }, second.headers))).toBe('admin.reset_not_found')
    expect(data<{ items: SecondFactorReset[] }>(await look('users.resets.list', { state: 'expired' })).items.map((one) => one.id)).toEqual([late.id])
    expect(await hasFactor(third.id)).toBe(true)
    await sql.query('update user_account set platform_admin = false where id = $1', [third.id])
  })

  test('what somebody asked for who is no administrator any more is not approved', async () => {
    const [asker, person] = [await newAdministrator('asker'), await ofSomebody('asked-for')]
    const { id } = data<SecondFactorReset>(await act('users.resetSecondFactor', { id: person.id, reason: REASON }, asker.headers))
    await sql.query('update user_account set platform_admin = false where id = $1', [asker.id])
    expect(codeOf(await act('users.resets.approve', { id }))).toBe('admin.reset_not_found')
    expect(await hasFactor(person.id)).toBe(true)
  })

  test('where one administrator is left, nothing is asked for', async () => {
    const person = await ofSomebody('alone')
    await sql.query('update user_account set platform_admin = false where id <> $1', [adminId])
    expect(codeOf(await act('users.resetSecondFactor', { id: person.id, reason: REASON }))).toBe('admin.second_person')
    await sql.query('update user_account set platform_admin = true where id = $1', [second.id])
    expect(await hasFactor(person.id)).toBe(true)
  })
})

test("the installation's chain is read and verified by administrators, and by nobody else", async () => {
  const rows = data<{ items: { action: string }[] }>(await look('audit.list', { action: 'admin.' })).items
  expect(new Set(rows.map(({ action }) => action))).toEqual(new Set(['admin.org-created', 'admin.org-suspended', 'admin.org-resumed', 'admin.org-deleted', 'admin.org-restored']))
  await api.api.modules.audit.seal()
  expect(data(await look('audit.verify'))).toMatchObject({ ok: true, broken: null })
  const { headers } = await newOrg()
  expect(codeOf(await look('audit.list', {}, headers))).toBe('admin.required')
})

test('the role of administrators reads these columns and no others: no name of a document, no word of it, no secret of an account', async () => {
  const { rows } = await sql.query<{ column: string }>(`
    select table_name || '.' || column_name as column from information_schema.column_privileges
    where grantee = 'app_admin' and privilege_type = 'SELECT' order by 1`)
  const of = (table: string, ...columns: string[]) => columns.map((column) => `${table}.${column}`)
  expect(rows.map(({ column }) => column)).toEqual([
    ...of('document', 'lifecycle', 'org_id'), ...of('document_version', 'org_id', 'size', 'state'), ...of('event', 'at', 'id', 'org_id', 'type'),
    ...of('membership', 'created_at', 'org_id', 'role', 'status', 'user_id'),
    ...of('org', 'created_at', 'id', 'name', 'purge_at', 'slug', 'status', 'suspended_at', 'suspended_reason'),
    ...of('second_factor', 'confirmed_at', 'user_id'),
    ...of('second_factor_reset', 'asked_at', 'asked_by', 'decided_at', 'decided_by', 'expires_at', 'id', 'reason', 'state', 'user_id'),
    ...of('session', 'expires_at', 'last_seen_at', 'public_id', 'second_factor_at', 'user_id'),
    ...of('user_account', 'created_at', 'email', 'email_verified_at', 'id', 'locale', 'name', 'platform_admin', 'status'),
  ])
  const insert = (orgId: string) => api.database.database.run({ kind: 'admin' }, (tx) => tx.$executeRaw`
    insert into event (org_id, type, actor_id, payload) values (${orgId}::uuid, 'documents.trashed.v1', ${SYSTEM_USER_ID}::uuid, '{}')`)
  await expect(insert((await newOrg()).id)).rejects.toThrow(/row-level security/)
  await expect(api.database.database.run({ kind: 'admin' }, (tx) => tx.$queryRaw`select name from document`)).rejects.toThrow(/permission denied/)
})
