import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '@intellidocs/kernel'
import { WebSocket } from 'ws'
import { codeOf, data, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'
import { kindsOf, lastMail, mailsTo, newPerson, securityLog, signInAs, wideLimits, type Person } from './people.testkit.ts'

let api: TestApi
beforeAll(async () => { api = await startTestApi({ signUp: 'open', rateLimits: wideLimits }) })
afterAll(async () => { await api.close() })

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
type Session = { id: string; device: string | null; address: string | null; lastSeenAt: string; current: boolean; secondFactor: boolean }
const sessions = async (headers: Record<string, string>, input: object = {}) =>
  data<{ items: Session[]; nextCursor: string | null }>(await query(api.url, 'auth.sessions.list', input, headers))
const me = (headers: Record<string, string>) => query(api.url, 'auth.me', undefined, headers)
const identity = <T>(work: Parameters<TestApi['database']['database']['run']>[1]): Promise<T> => api.database.database.run({ kind: 'identity' }, work) as Promise<T>
const idOf = (headers: Record<string, string>): string => hashToken(headers['authorization']?.slice(7) ?? '')

describe('the list', () => {
  test('names device, address and the present one, newest first, and no token', async () => {
    const person = await newPerson(api, 'lists')
    const firefox = await signInAs(api, person.email, { userAgent: FIREFOX })
    const { items } = await sessions(firefox)
    expect(items).toMatchObject([
      { device: 'Firefox on Linux', address: '127.0.0.1', current: true, secondFactor: false }, { device: 'test', address: '127.0.0.1', current: false },
    ])
    for (const headers of [person.headers, firefox]) for (const hidden of [headers['authorization']?.slice(7) ?? 'none', idOf(headers)]) expect(JSON.stringify(items)).not.toContain(hidden)
  })

  test('its pages hold every session once, and those of others never', async () => {
    const person = await newPerson(api, 'pages')
    for (let n = 0; n < 4; n += 1) await signInAs(api, person.email)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof sessions>> = await sessions(person.headers, { limit: 2, ...(cursor === null ? {} : { cursor }) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    const own = await identity<{ publicId: string }[]>((tx) => tx.session.findMany({ where: { userId: person.id }, select: { publicId: true } }))
    expect(seen.toSorted()).toEqual(own.map(({ publicId }) => publicId).toSorted())
    expect(seen).toHaveLength(5)
  })

  test.each([['a query that finds out itself who calls', 'documents.list'], ['another call', 'auth.me']])('use is noted at most once a minute, by %s', async (_what, path) => {
    const headers = await signIn(api.url)
    const id = idOf(headers)
    const seenAt = async () => (await identity<{ lastSeenAt: Date }[]>((tx) => tx.session.findMany({ where: { id }, select: { lastSeenAt: true } })))[0]?.lastSeenAt.getTime() ?? 0
    const set = (ago: number) => identity((tx) => tx.session.updateMany({ where: { id }, data: { lastSeenAt: new Date(Date.now() - ago), address: '192.0.2.9' } }))
    const call = () => query(api.url, path, path === 'auth.me' ? undefined : {}, headers)
    await set(30_000)
    const before = await seenAt()
    expect((await call()).status).toBe(200)
    expect(await seenAt()).toBe(before)
    await set(120_000)
    const old = await seenAt()
    expect((await call()).status).toBe(200)
    expect(await seenAt()).toBeGreaterThan(old + 60_000)
    expect((await sessions(headers)).items.find(({ current }) => current)).toMatchObject({ address: '127.0.0.1' })
  })
})

describe('ending', () => {
  test('one, or all others, ends them at once and is told of', async () => {
    const person = await newPerson(api, 'ends')
    const [first, second, third] = [await signInAs(api, person.email), await signInAs(api, person.email), await signInAs(api, person.email)]
    const { items } = await sessions(first)
    const id = items.find(({ current }) => current)?.id
    expect(data(await mutate(api.url, 'auth.sessions.revoke', { id }, person.headers))).toEqual({ revoked: 1 })
    expect(codeOf(await me(first))).toBe('auth.required')
    expect(codeOf(await mutate(api.url, 'auth.sessions.revoke', { id }, person.headers))).toBe('session.not_found')
    expect(data(await mutate(api.url, 'auth.sessions.revokeOthers', undefined, person.headers))).toEqual({ revoked: 2 })
    for (const headers of [second, third]) expect(codeOf(await me(headers))).toBe('auth.required')
    expect((await me(person.headers)).status).toBe(200)
    expect(kindsOf(await securityLog(api, person.headers)).filter((kind) => kind === 'session-revoked')).toHaveLength(2)
  })

  test('a session of somebody else is not there to end', async () => {
    const [mine, theirs] = [await newPerson(api, 'grasping'), await newPerson(api, 'untouched')]
    const [session] = (await sessions(theirs.headers)).items
    const answers = [session?.id, crypto.randomUUID()].map((id) => mutate(api.url, 'auth.sessions.revoke', { id }, mine.headers))
    for (const answer of await Promise.all(answers)) expect([answer.status, codeOf(answer)]).toEqual([404, 'session.not_found'])
    expect((await me(theirs.headers)).status).toBe(200)
  })

  test('closes a socket that was opened by it', async () => {
    const headers = await signIn(api.url)
    const other = await signIn(api.url)
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
    const closed = new Promise<number>((resolve) => { socket.once('close', resolve) })
    await new Promise((resolve) => { socket.once('open', resolve) })
    socket.send(JSON.stringify({ method: 'connectionParams', data: { token: headers['authorization']?.slice(7), org: 'main' } }))
    socket.send(JSON.stringify({ id: 1, jsonrpc: '2.0', method: 'subscription', params: { path: 'notifications.stream', input: {} } }))
    await new Promise((resolve) => { socket.once('message', resolve) })
    const { items } = await sessions(headers)
    data(await mutate(api.url, 'auth.sessions.revoke', { id: items.find(({ current }) => current)?.id }, other))
    expect(await closed).toEqual(expect.any(Number))
  })
})

describe('devices', () => {
  test('a sign-in from a new one is told of by mail, once; the first of all and an update of it are not', async () => {
    const person = await newPerson(api, 'travels')
    await signInAs(api, person.email, { userAgent: 'test/2' })
    expect((await mailsTo(api, person.email)).map(({ template }) => template)).toEqual(['verify-email'])
    for (let n = 0; n < 2; n += 1) await signInAs(api, person.email, { userAgent: FIREFOX })
    expect((await mailsTo(api, person.email)).filter(({ template }) => template === 'new-device')).toHaveLength(1)
    expect(await lastMail(api, person.email, 'new-device')).toMatchObject({ device: 'Firefox on Linux', address: '127.0.0.1' })
    const log = await securityLog(api, person.headers)
    expect(log.filter(({ kind }) => kind === 'new-device')).toMatchObject([{ device: 'Firefox on Linux', address: '127.0.0.1' }])
  })
})

describe('API keys', () => {
  const keyOf = async (headers: Record<string, string>) =>
    data<{ key: { id: string }; secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, headers))

  test('have no say over the account that made them', async () => {
    const { secret } = await keyOf(await signIn(api.url))
    const key = { authorization: `Bearer ${secret}` }
    const id = crypto.randomUUID()
    const refused = await Promise.all([
      ...['auth.signOut', 'auth.sessions.revokeOthers'].map((path) => mutate(api.url, path, undefined, key)), mutate(api.url, 'auth.totp.begin', { password: 'x' }, key),
      mutate(api.url, 'auth.changePassword', { current: 'x', password: 'long enough' }, key), mutate(api.url, 'auth.sessions.revoke', { id }, key),
      mutate(api.url, 'auth.totp.confirm', { code: '123456' }, key), mutate(api.url, 'auth.totp.disable', { code: '123456' }, key),
      mutate(api.url, 'users.update', { name: 'x' }, key), mutate(api.url, 'users.delete', { password: 'x' }, key),
      query(api.url, 'auth.sessions.list', {}, key), query(api.url, 'users.get', undefined, key), query(api.url, 'users.securityLog', {}, key),
    ])
    for (const answer of refused) expect([answer.status, codeOf(answer)]).toEqual([403, 'auth.session_required'])
    expect((await me(key)).status).toBe(200)
  })

  test('are told of when they are made and when they end: in the log, and by mail', async () => {
    const headers = await signIn(api.url)
    const orgId = data<{ id: string }>(await query(api.url, 'orgs.get', undefined, headers)).id
    const { key } = await keyOf(headers)
    await mutate(api.url, 'users.apiKeys.revoke', { id: key.id }, headers)
    await mutate(api.url, 'users.apiKeys.revoke', { id: key.id }, headers)
    const log = (await securityLog(api, headers)).filter((entry) => entry.data['key'] === key.id)
    expect(log).toMatchObject([{ kind: 'key-created', address: '127.0.0.1', data: { name: 'ci' } }, { kind: 'key-revoked' }])
    expect((await mailsTo(api, 'admin@example.test', orgId)).at(-1)).toMatchObject({ template: 'api-key-created', data: { keyName: 'ci', orgName: 'Main' } })
  })
})

describe('the profile', () => {
  test('is changed by its owner, with what was and what is in the audit, names by pseudonyms', async () => {
    const person: Person = await newPerson(api, 'renamed')
    expect(data(await mutate(api.url, 'users.update', { name: 'Renée', locale: 'pt' }, person.headers))).toMatchObject({ name: 'Renée', locale: 'pt', email: person.email })
    expect(data(await query(api.url, 'users.get', undefined, person.headers))).toMatchObject({ id: person.id, name: 'Renée', locale: 'pt', emailVerified: true, secondFactor: false })
    expect((await mutate(api.url, 'users.update', { name: 'Renée' }, person.headers)).status).toBe(200)
    const rows = await api.database.database.run({ kind: 'tenant', orgId: '00000000-0000-0000-0000-000000000001', userId: person.id }, (tx) =>
      tx.audit.findMany({ where: { subjectId: person.id, action: 'users.updated.v1' }, select: { data: true, actorId: true } }))
    const pseudonym = expect.stringMatching(/^[\w-]+$/)
    expect(rows).toMatchObject([{ actorId: person.id, data: { before: { name: { pseudonym }, locale: 'en' }, after: { name: { pseudonym }, locale: 'pt' } } }])
    expect(JSON.stringify(rows)).not.toMatch(/renamed|Renée/)
  })

  test.each([[{}], [{ name: '' }], [{ name: 'a\nb' }], [{ locale: 'xx' }], [{ email: 'other@example.test' }], [{ platformAdmin: true }]])('refuses %j', async (change) => {
    expect(codeOf(await mutate(api.url, 'users.update', change, await signIn(api.url)))).toBe('input.invalid')
  })
})

test('the security log is its owner\'s alone, can only grow, and its pages hold every entry once', async () => {
  const [person, other] = [await newPerson(api, 'logged'), await newPerson(api, 'curious')]
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: { items: { id: string }[]; nextCursor: string | null } = data(await query(api.url, 'users.securityLog', { limit: 1, ...(cursor === null ? {} : { cursor }) }, person.headers))
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(seen).toHaveLength(2)
  const foreign = (await securityLog(api, other.headers)).map(({ id }) => id)
  expect(seen.filter((id) => foreign.includes(id))).toEqual([])
  await expect(identity((tx) => tx.$executeRaw`delete from security_log`)).rejects.toThrow(/permission denied/)
  await expect(identity((tx) => tx.$executeRaw`update security_log set kind = 'x'`)).rejects.toThrow(/permission denied/)
})
