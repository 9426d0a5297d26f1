import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '@intellidocs/kernel'
import { rolePermissions, roles, type Role } from '@intellidocs/contracts'
import { asAdmin } from '@intellidocs/testing'
import { ADMIN, ALLOWED_ORIGIN, codeOf, data, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
let admin: Record<string, string>
let documentId: string
const identity = <T>(work: Parameters<TestApi['database']['database']['run']>[1]): Promise<T> => api.database.database.run({ kind: 'identity' }, work) as Promise<T>
const tokenOf = (headers: Record<string, string>): string => headers['authorization']?.slice(7) ?? ''

beforeAll(async () => {
  api = await startTestApi()
  admin = await signIn(api.url)
  const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: 'a lease', headers: { ...admin, 'content-type': 'application/octet-stream', 'x-file-name': 'lease.txt' } })
  documentId = (await response.json() as { document: { id: string } }).document.id
})
afterAll(async () => { await api.close() })

/** With a content type the whole request is the adapter's; without one it is answered here. */
const throughAdapter = { 'content-type': 'application/json' }
const once = new Set(['x-request-id', 'date', 'content-length', 'transfer-encoding'])

async function answerTo(path: string, headers: Record<string, string>) {
  const response = await fetch(`${api.url}/trpc/${path}`, { headers })
  const kept = [...response.headers].filter(([name]) => !once.has(name))
  return { status: response.status, headers: kept, body: (await response.text()).replaceAll(/"requestId":"[^"]+"/g, '') }
}
const input = (value: unknown): string => `input=${encodeURIComponent(JSON.stringify(value))}`

describe('a query is answered as tRPC’s own adapter answers it', () => {
  const nowhere = '0193f0c2-0000-7000-8000-000000000001'
  const calls: [string, () => string, (() => Record<string, string>)?][] = [
    ['a list', () => `documents.list?${input({})}`],
    ['a list in a batch of one', () => `documents.list?batch=1&${input({ 0: { limit: 1 } })}`],
    ['two lists in a batch', () => `documents.list,documents.list?batch=1&${input({ 0: {}, 1: {} })}`],
    ['a document', () => `documents.get?${input({ id: documentId })}`],
    ['a document that is not there', () => `documents.get?${input({ id: nowhere })}`],
    ['a document that is not there, in a batch', () => `documents.get?batch=1&${input({ 0: { id: nowhere } })}`],
    ['input that does not fit', () => `documents.get?${input({ id: 7 })}`],
    ['input that does not fit, in a batch', () => `documents.get?batch=1&${input({ 0: { id: 7 } })}`],
    ['no input where some is needed', () => 'documents.get'],
    ['input that is no JSON', () => 'documents.list?input=%7Bno'],
    ['a batch whose input is a list', () => `documents.list?batch=1&${input([{}])}`],
    ['a cursor that is none', () => `documents.list?${input({ cursor: 'x' })}`],
    ['no such procedure', () => `documents.nothing?${input({})}`],
    ['a name of every object', () => `constructor?${input({})}`],
    ['a mutation by GET', () => `documents.trash?${input({ id: nowhere })}`],
    ['who I am', () => 'auth.me'],
    ['nobody', () => `documents.list?${input({})}`, () => ({})],
    ['a token that opens nothing', () => `documents.list?${input({})}`, () => ({ ...admin, authorization: 'Bearer nothing' })],
    ['a key that opens nothing', () => `documents.list?${input({})}`, () => ({ ...admin, authorization: `Bearer idk_${'0'.repeat(16)}_${'A'.repeat(43)}` })],
    ['no organization', () => `documents.list?${input({})}`, () => ({ authorization: admin['authorization'] ?? '' })],
    ['an organization that is not theirs', () => `documents.list?${input({})}`, () => ({ ...admin, 'x-intellidocs-org': 'other' })],
    ['an organization by an id that is not there', () => `documents.list?${input({})}`, () => ({ ...admin, 'x-intellidocs-org': nowhere })],
    ['something that is no id where one is looked for', () => `documents.get?${input({ id: 'x' })}`],
    ['a path with an escape that is none', () => 'documents.li%zzst'],
  ]
  test.each(calls)('%s', async (_, path, headers = () => admin) => {
    const theirs = await answerTo(path(), { ...headers(), ...throughAdapter })
    const ours = await answerTo(path(), headers())
    expect(ours).toEqual(theirs)
    expect(ours.body).not.toBe('')
  })
})

describe('who calls is found out by the read itself', () => {
  const list = (headers: Record<string, string>) => query(api.url, 'documents.list', {}, headers)
  const itemsOf = async (headers: Record<string, string>) => data<{ items: unknown[] }>(await list(headers)).items

  test('a session that was ended reads nothing from the next call on', async () => {
    const headers = await signIn(api.url)
    expect(await itemsOf(headers)).toHaveLength(1)
    await identity((tx) => tx.session.delete({ where: { id: hashToken(tokenOf(headers)) } }))
    expect(codeOf(await list(headers))).toBe('auth.required')
  })

  test('a suspended member, account or organization reads nothing from the next call on, and again when it is lifted', async () => {
    for (const [table, code] of [['membership', 'org.not_found'], ['user_account', 'auth.required'], ['org', 'org.not_found']] as const) {
      await asAdmin(api.database.adminUrl, `update ${table} set status = 'suspended'`)
      expect(codeOf(await list(admin))).toBe(code)
      await asAdmin(api.database.adminUrl, `update ${table} set status = 'active'`)
      expect(await itemsOf(admin)).toHaveLength(1)
    }
  })

  test('a browser’s cookie opens it, and a session past half its life slides by a read alone', async () => {
    const signedIn = await mutate(api.url, 'auth.signIn', ADMIN, { origin: ALLOWED_ORIGIN })
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const headers = { cookie, 'x-intellidocs-org': 'main' }
    const fresh = await list(headers)
    expect([fresh.status, fresh.headers.get('set-cookie')]).toEqual([200, null])
    const id = hashToken(cookie.slice(cookie.indexOf('=') + 1))
    await identity((tx) => tx.session.update({ where: { id }, data: { expiresAt: new Date(Date.now() + 10 * 86_400_000) } }))
    const slid = await list(headers)
    expect(slid.status).toBe(200)
    expect(slid.headers.get('set-cookie')).toContain(cookie)
    const { expiresAt } = await identity<{ expiresAt: Date }>((tx) => tx.session.findUniqueOrThrow({ where: { id } }))
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000)
  })

  test('a key reads, its use is noted, and once revoked it reads nothing', async () => {
    const { key, secret } = data<{ key: { id: string }; secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'reader' }, admin))
    const headers = { authorization: `Bearer ${secret}`, 'x-intellidocs-org': 'main' }
    const lastUsed = async () => (await identity<{ lastUsedAt: Date | null }>((tx) => tx.apiKey.findUniqueOrThrow({ where: { id: key.id } }))).lastUsedAt
    expect(await lastUsed()).toBeNull()
    expect(await itemsOf(headers)).toHaveLength(1)
    const noted = await lastUsed()
    expect(noted).not.toBeNull()
    // Noted within the last minute: this one is the read alone.
    expect(await itemsOf(headers)).toHaveLength(1)
    expect(await lastUsed()).toEqual(noted)
    await mutate(api.url, 'users.apiKeys.revoke', { id: key.id }, admin)
    expect(codeOf(await list(headers))).toBe('auth.required')
  })

  test('a guest sees what names them and not what is the whole organization’s, by session and by key', async () => {
    const { userId, orgId } = await identity<{ userId: string; orgId: string }>((tx) => tx.membership.findFirstOrThrow())
    const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'as guest', scopes: rolePermissions.guest }, admin))
    const seenAs = async (role: Role, headers: Record<string, string>) => {
      await api.database.database.run({ kind: 'tenant', orgId, userId }, (tx) => tx.membership.updateMany({ where: { userId }, data: { role } }))
      return (await itemsOf(headers)).length
    }
    // The document is readable by the organization; take away that it names its owner.
    await api.database.database.run({ kind: 'tenant', orgId, userId }, (tx) => tx.$executeRaw`delete from document_reader where principal = ${`user:${userId}`}`)
    for (const role of roles) {
      expect([role, await seenAs(role, admin)]).toEqual([role, role === 'guest' ? 0 : 1])
      expect([role, await seenAs(role, { authorization: `Bearer ${secret}`, 'x-intellidocs-org': 'main' })]).toEqual([role, role === 'guest' ? 0 : 1])
    }
    await seenAs('owner', admin)
  })
})
