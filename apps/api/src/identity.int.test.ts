import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '@intellidocs/kernel'
import { createTestOrg } from '@intellidocs/testing'
import { ADMIN, ALLOWED_ORIGIN, codeOf, data, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
beforeAll(async () => { api = await startTestApi() })
afterAll(async () => { await api.close() })

const identity = <T>(work: Parameters<TestApi['database']['database']['run']>[1]): Promise<T> => api.database.database.run({ kind: 'identity' }, work) as Promise<T>

type ApiKey = { id: string; prefix: string; lastUsedAt: string | null; revokedAt: string | null }
const createKey = async (headers: Record<string, string>, input: object = {}) =>
  data<{ key: ApiKey; secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci', ...input }, headers))

describe('sign-in', () => {
  test('a token opens the account and only its SHA-256 is stored', async () => {
    const headers = await signIn(api.url)
    const token = headers['authorization']?.slice(7) ?? ''
    const me = data<{ user: { email: string }; role: string; via: string }>(await query(api.url, 'auth.me', undefined, headers))
    expect(me).toMatchObject({ user: { email: ADMIN.email, platformAdmin: true }, role: 'owner', via: 'session' })
    const ids = await identity<{ id: string }[]>((tx) => tx.session.findMany({ select: { id: true } }))
    expect(ids.map(({ id }) => id)).toContain(hashToken(token))
    expect(ids.map(({ id }) => id)).not.toContain(token)
  })

  test('a browser gets a cookie that scripts cannot read and no token', async () => {
    const answer = await mutate(api.url, 'auth.signIn', ADMIN, { origin: ALLOWED_ORIGIN })
    expect(data<{ token: null }>(answer).token).toBeNull()
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^__Host-intellidocs=[a-z0-9]{30,}; /)
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(attribute)
    const me = await query(api.url, 'auth.me', undefined, { cookie: cookie.split(';')[0] ?? '' })
    expect(data<{ via: string }>(me).via).toBe('session')
  })

  test('a wrong password, an unknown account and a suspended one get the same answer', async () => {
    await identity((tx) => tx.user.create({ data: { id: crypto.randomUUID(), email: 'gone@example.test', name: '', passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$ha49DRa0qmFOYPbtOKUIHg$raO8cAgUs7F+yNVcCb2pYyfuc5W46Ew9fWGnoEW++1o', status: 'suspended' } }))
    const tries = [{ ...ADMIN, password: 'wrong password' }, { email: 'nobody@example.test', password: 'wrong password' }, { email: 'gone@example.test', password: 'wrong password' }]
    const answers = await Promise.all(tries.map((input) => mutate(api.url, 'auth.signIn', input)))
    for (const answer of answers) {
      expect(answer.status).toBe(401)
      expect(codeOf(answer)).toBe('auth.invalid_credentials')
    }
    const withoutId = answers.map(({ body }) => JSON.stringify(body).replace(/"requestId":"[^"]+"/, ''))
    expect(new Set(withoutId).size).toBe(1)
  })

  test('signing in again makes a new session and ends the one it came with', async () => {
    const first = await signIn(api.url)
    const second = data<{ token: string }>(await mutate(api.url, 'auth.signIn', { ...ADMIN, transport: 'token' }, first))
    expect(`Bearer ${second.token}`).not.toBe(first['authorization'])
    expect(codeOf(await query(api.url, 'auth.me', undefined, first))).toBe('auth.required')
  })

  test('a session ends with signing out', async () => {
    const headers = await signIn(api.url)
    expect(data(await mutate(api.url, 'auth.signOut', undefined, headers))).toEqual({ signedOut: true })
    expect(codeOf(await query(api.url, 'auth.me', undefined, headers))).toBe('auth.required')
  })

  test('an expired session opens nothing and its row goes', async () => {
    const headers = await signIn(api.url)
    const id = hashToken(headers['authorization']?.slice(7) ?? '')
    await identity((tx) => tx.session.updateMany({ where: { id }, data: { expiresAt: new Date(0) } }))
    expect(codeOf(await query(api.url, 'auth.me', undefined, headers))).toBe('auth.required')
    expect(await identity((tx) => tx.session.count({ where: { id } }))).toBe(0)
  })
})

describe('API keys', () => {
  test('a key acts in its organization with what its scopes leave and is stored as a hash', async () => {
    const { key, secret } = await createKey(await signIn(api.url), { scopes: ['documents:read', 'audit:read'] })
    expect(secret).toBe(`idk_${key.prefix}_${secret.slice(-43)}`)
    const me = data<{ role: string; permissions: string[]; via: string; user: { platformAdmin: boolean } }>(await query(api.url, 'auth.me', undefined, { authorization: `Bearer ${secret}` }))
    expect(me).toMatchObject({ role: 'owner', permissions: ['documents:read', 'audit:read'], via: 'apiKey', user: { platformAdmin: false } })
    const [row] = await identity<{ secretHash: string }[]>((tx) => tx.apiKey.findMany({ where: { prefix: key.prefix }, select: { secretHash: true } }))
    expect(row?.secretHash).toBe(hashToken(secret.slice(-43)))
  })

  test('a key falls with the role of its owner', async () => {
    const headers = await signIn(api.url)
    const { secret } = await createKey(headers, { scopes: ['documents:read', 'members:manage'] })
    const byKey = { authorization: `Bearer ${secret}` }
    const { user } = data<{ user: { id: string } }>(await query(api.url, 'auth.me', undefined, headers))
    const org = data<{ id: string }>(await query(api.url, 'orgs.get', undefined, headers))
    const permissions = async () => data<{ permissions: string[] }>(await query(api.url, 'auth.me', undefined, byKey)).permissions
    const setRole = (role: string) => api.database.database.run({ kind: 'tenant', orgId: org.id, userId: user.id }, (tx) =>
      tx.membership.updateMany({ where: { userId: user.id }, data: { role } }))
    await setRole('guest')
    expect(await permissions()).toEqual(['documents:read'])
    await setRole('owner')
    expect(await permissions()).toEqual(['documents:read', 'members:manage'])
  })

  test('revoked, expired and altered keys open nothing', async () => {
    const headers = await signIn(api.url)
    const [revoked, expired, altered] = await Promise.all([createKey(headers), createKey(headers), createKey(headers)])
    await mutate(api.url, 'users.apiKeys.revoke', { id: revoked.key.id }, headers)
    await identity((tx) => tx.apiKey.updateMany({ where: { id: expired.key.id }, data: { expiresAt: new Date(0) } }))
    const flipped = altered.secret.endsWith('A') ? `${altered.secret.slice(0, -1)}B` : `${altered.secret.slice(0, -1)}A`
    for (const secret of [revoked.secret, expired.secret, flipped, 'idk_0000000000000000_' + 'A'.repeat(43)]) {
      const answer = await query(api.url, 'auth.me', undefined, { authorization: `Bearer ${secret}` })
      expect([answer.status, codeOf(answer)]).toEqual([401, 'auth.required'])
    }
  })

  test('a key cannot make itself a successor, and nobody hands out more than they hold', async () => {
    const { secret } = await createKey(await signIn(api.url), { scopes: ['keys:manage'] })
    expect(codeOf(await mutate(api.url, 'users.apiKeys.create', { name: 'heir' }, { authorization: `Bearer ${secret}` }))).toBe('auth.session_required')
    expect((await mutate(api.url, 'users.apiKeys.create', { name: 'x', scopes: ['everything'] }, await signIn(api.url))).status).toBe(400)
  })

  test('use is noted at most once a minute', async () => {
    const headers = await signIn(api.url)
    const { key, secret } = await createKey(headers)
    const use = () => query(api.url, 'auth.me', undefined, { authorization: `Bearer ${secret}` })
    const usedAt = async () => data<{ items: ApiKey[] }>(await query(api.url, 'users.apiKeys.list', { limit: 200 }, headers)).items.find(({ id }) => id === key.id)?.lastUsedAt
    expect(await usedAt()).toBeNull()
    await use()
    const first = await usedAt()
    expect(first).toEqual(expect.any(String))
    await use()
    expect(await usedAt()).toBe(first)
  })

  test('pages of the list hold every key once', async () => {
    const headers = await signIn(api.url)
    for (let n = 0; n < 5; n += 1) await createKey(headers)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: { items: ApiKey[]; nextCursor: string | null } = data(await query(api.url, 'users.apiKeys.list', { limit: 2, ...(cursor === null ? {} : { cursor }) }, headers))
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThanOrEqual(5)
  })
})

describe('organizations', () => {
  test('whoever creates one owns it, and it is written to its audit and event log', async () => {
    const headers = await signIn(api.url)
    const org = data<{ id: string; role: string }>(await mutate(api.url, 'orgs.create', { name: 'Second', slug: 'second' }, headers))
    expect(org.role).toBe('owner')
    const inOrg = { ...headers, 'x-intellidocs-org': 'second' }
    expect(data<{ id: string }>(await query(api.url, 'orgs.get', undefined, inOrg)).id).toBe(org.id)
    expect(data<{ items: { email: string }[] }>(await query(api.url, 'orgs.members.list', {}, inOrg)).items).toMatchObject([{ email: ADMIN.email, role: 'owner' }])
    const { user } = data<{ user: { id: string } }>(await query(api.url, 'auth.me', undefined, headers))
    const written = await api.database.database.run({ kind: 'tenant', orgId: org.id, userId: user.id }, async (tx) => [
      await tx.event.count({ where: { type: 'orgs.created.v1' } }), await tx.audit.count({ where: { action: 'orgs.created.v1' } })])
    expect(written).toEqual([1, 1])
  })

  test('a short name is given once, also when fifty ask for it together', async () => {
    const headers = await signIn(api.url)
    const answers = await Promise.all(Array.from({ length: 50 }, () => mutate(api.url, 'orgs.create', { name: 'Race', slug: 'race' }, headers)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter((answer) => codeOf(answer) === 'org.slug_taken')).toHaveLength(49)
  })

  test('an organization of others and one that does not exist are the same answer', async () => {
    const other = await createTestOrg(api.database.database)
    const headers = await signIn(api.url)
    const ask = (org: string) => query(api.url, 'orgs.get', undefined, { ...headers, 'x-intellidocs-org': org })
    const answers = await Promise.all([other.org.id, other.org.slug, crypto.randomUUID(), 'no-such-org'].map(ask))
    for (const answer of answers) expect([answer.status, codeOf(answer)]).toEqual([404, 'org.not_found'])
  })

  test('a suspended organization, membership or account opens nothing', async () => {
    const headers = await signIn(api.url)
    const { user } = data<{ user: { id: string } }>(await query(api.url, 'auth.me', undefined, headers))
    const org = data<{ id: string }>(await mutate(api.url, 'orgs.create', { name: 'Closed', slug: 'closed' }, headers))
    const inOrg = { ...headers, 'x-intellidocs-org': 'closed' }
    const set = (table: 'org' | 'membership', status: string) => api.database.database.run({ kind: 'tenant', orgId: org.id, userId: user.id }, (tx) =>
      table === 'org' ? tx.org.updateMany({ where: { id: org.id }, data: { status } }) : tx.membership.updateMany({ where: { userId: user.id }, data: { status } }))
    for (const table of ['org', 'membership'] as const) {
      await set(table, 'suspended')
      expect(codeOf(await query(api.url, 'orgs.get', undefined, inOrg))).toBe('org.not_found')
      await set(table, 'active')
      expect((await query(api.url, 'orgs.get', undefined, inOrg)).status).toBe(200)
    }
    await identity((tx) => tx.user.updateMany({ where: { id: user.id }, data: { status: 'suspended' } }))
    expect(codeOf(await query(api.url, 'orgs.get', undefined, inOrg))).toBe('auth.required')
    await identity((tx) => tx.user.updateMany({ where: { id: user.id }, data: { status: 'active' } }))
  })

  test('an API key sees its own organization only', async () => {
    const headers = await signIn(api.url)
    const { secret } = await createKey(headers)
    const byKey = { authorization: `Bearer ${secret}` }
    expect(data<{ items: { slug: string }[] }>(await query(api.url, 'orgs.list', {}, byKey)).items.map(({ slug }) => slug)).toEqual(['main'])
    expect(codeOf(await query(api.url, 'orgs.get', undefined, { ...byKey, 'x-intellidocs-org': 'second' }))).toBe('org.not_found')
    expect(codeOf(await mutate(api.url, 'orgs.create', { name: 'By key', slug: 'by-key' }, byKey))).toBe('auth.forbidden')
  })

  test('usage of a new organization is nothing', async () => {
    expect(data(await query(api.url, 'subscriptions.usage', undefined, await signIn(api.url)))).toMatchObject({ plan: 'own', meters: { documents: { used: 0, limit: null }, bytes: { used: 0 }, pages: { used: 0 } } })
  })
})
