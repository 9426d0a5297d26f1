import { createTestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, data, mutate, query, signIn, startTestApi, type TestApi } from '../../apps/api/src/api.testkit.ts'
import { wideLimits } from '../../apps/api/src/people.testkit.ts'

let api: TestApi
let headers: Record<string, string>
let memberId: string
beforeAll(async () => {
  api = await startTestApi({ rateLimits: wideLimits })
  headers = await signIn(api.url)
  const { org } = data<{ org: string }>(await query(api.url, 'auth.me', undefined, headers))
  const other = await createTestOrg(api.database.database)
  memberId = other.viewer.userId
  await api.database.database.run({ kind: 'identity' }, (tx) => tx.membership.create({ data: { orgId: org, userId: memberId, role: 'viewer' } }))
})
afterAll(async () => { await api?.close() })

const roleNow = async (): Promise<string | undefined> =>
  data<{ items: { userId: string; role: string }[] }>(await query(api.url, 'orgs.members.list', {}, headers)).items.find(({ userId }) => userId === memberId)?.role

const lies: unknown[] = ['OWNER', 'Owner', 'owner ', ' owner', 'owner\u0000', 'о\u0077ner', 'owner\u200b', '', 'root', 'platformAdmin', ['owner'], { contains: 'owner' }, { set: 'owner' }, 0, true, null]
test.each(lies)('the role %j is none, for a member, an invitation or a permission', async (role) => {
  const answers = [
    await mutate(api.url, 'orgs.members.setRole', { userId: memberId, role }, headers),
    await mutate(api.url, 'orgs.invitations.create', { email: 'new@example.test', role }, headers),
    await mutate(api.url, 'orgs.roles.create', { name: 'Lie', permissions: [role] }, headers),
    await mutate(api.url, 'users.apiKeys.create', { name: 'Lie', scopes: [role] }, headers),
  ]
  for (const answer of answers) expect([answer.status, codeOf(answer)]).toEqual([400, 'input.invalid'])
  expect(await roleNow()).toBe('viewer')
  expect(data<{ items: unknown[] }>(await query(api.url, 'orgs.invitations.list', {}, headers)).items).toEqual([])
})

describe('an operator of the database where a text belongs', () => {
  const operators: unknown[] = [{ contains: '' }, { not: null }, { startsWith: 'a' }, { in: ['a'] }, ['a'], { equals: 'x' }, { toString: 'x' }]
  const texts: [string, 'query' | 'mutation', (value: unknown) => unknown][] = [
    ['auth.signIn', 'mutation', (value) => ({ email: value, password: 'some password' })],
    ['auth.signIn', 'mutation', (value) => ({ email: 'admin@example.test', password: value })],
    ['auth.verifyEmail', 'mutation', (value) => ({ token: value, password: 'some password' })],
    ['auth.verifyEmail', 'mutation', (value) => ({ token: 'x', password: value })],
    ['auth.resetPassword', 'mutation', (value) => ({ token: value, password: 'some password' })],
    ['auth.requestPasswordReset', 'mutation', (value) => ({ email: value })],
    ['auth.secondFactor', 'mutation', (value) => ({ challenge: value, code: '000000' })],
    ['auth.secondFactor', 'mutation', (value) => ({ challenge: 'x', code: value })],
    ['orgs.invitations.accept', 'mutation', (value) => ({ token: value })],
    ['orgs.delete', 'mutation', (value) => ({ slug: value })],
    ['users.apiKeys.revoke', 'mutation', (value) => ({ id: value })],
    ['documents.list', 'query', (value) => ({ name: value })],
    ['documents.list', 'query', (value) => ({ cursor: value })],
    ['documents.list', 'query', (value) => ({ folderId: value })],
    ['search.query', 'query', (value) => ({ query: value })],
    ['audit.list', 'query', (value) => ({ action: value })],
  ]
  test.each(texts)('%s (%s) refuses it', async (path, kind, input) => {
    for (const value of operators) {
      const answer = kind === 'query' ? await query(api.url, path, input(value), headers) : await mutate(api.url, path, input(value), headers)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'input.invalid'])
    }
  })
})

test('keys of an input that are inherited or repeated by the prototype change nothing', async () => {
  for (const body of ['{"name":"Main","__proto__":{"slug":"stolen"}}', '{"name":"Main","constructor":{"prototype":{"slug":"stolen"}}}']) {
    await fetch(`${api.url}/trpc/orgs.update`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body })
  }
  expect(data<{ slug: string }>(await query(api.url, 'orgs.get', undefined, headers)).slug).toBe('main')
  expect(Object.hasOwn(Object.prototype, 'slug')).toBe(false)
})

describe('wildcards of LIKE', () => {
  beforeAll(async () => {
    for (const name of ['100% sure.txt', 'under_score.txt', 'back\\slash.txt', 'plain.txt']) {
      const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: `text of ${name}`, headers: { ...headers, 'x-file-name': encodeURIComponent(name) } })
      expect(response.status).toBe(201)
    }
  })
  test.each([['%', '100% sure.txt'], ['_', 'under_score.txt'], ['\\', 'back\\slash.txt']])('%s in a name looked for is that sign', async (sign, name) => {
    const { items } = data<{ items: { name: string }[] }>(await query(api.url, 'documents.list', { name: sign }, headers))
    expect(items.map((item) => item.name)).toEqual([name])
  })
  test('%, _ and \\ in the beginning of an action are no wildcards either', async () => {
    for (const action of ['%', '_', 'documents%', 'documents_uploaded']) {
      expect(data<{ items: unknown[] }>(await query(api.url, 'audit.list', { action }, headers)).items).toEqual([])
    }
    expect(data<{ items: unknown[] }>(await query(api.url, 'audit.list', { action: 'documents.' }, headers)).items).not.toEqual([])
  })
})

describe('a name that would be a header', () => {
  test.each(['one\r\nbcc: everybody@example.test', 'one\nline', 'nul\u0000', 'x'.repeat(301)])('%j is refused for people, folders, organizations and keys', async (name) => {
    const answers = [
      await mutate(api.url, 'users.update', { name }, headers),
      await mutate(api.url, 'documents.folders.create', { name }, headers),
      await mutate(api.url, 'orgs.create', { name, slug: 'header' }, headers),
      await mutate(api.url, 'orgs.update', { name }, headers),
      await mutate(api.url, 'users.apiKeys.create', { name }, headers),
    ]
    for (const answer of answers) expect([answer.status, codeOf(answer)]).toEqual([400, 'input.invalid'])
  })
  test.each(['../../etc/passwd', 'with\u202ertl.txt', 'CON', 'é'.repeat(300)])('%s is a name like any other, and never a path', async (name) => {
    const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: `bytes of ${name}`, headers: { ...headers, 'x-file-name': `UTF-8''${encodeURIComponent(name)}` } })
    const { document } = await response.json() as { document: { id: string; name: string; sha256: string } }
    expect(document.name).toBe(name.normalize('NFC'))
    const { org } = data<{ org: string }>(await query(api.url, 'auth.me', undefined, headers))
    expect(await api.blobs.stat(org, document.sha256)).not.toBeNull()
  })
})
