import { createHash } from 'node:crypto'
import { verifyExport, type ExportReport } from '@intellidocs/audit'
import type { OrgId, UserId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { codeOf, data, get, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
let admin: pg.Client
let headers: Record<string, string>
let documentId: string
const CONTENT = 'The keeper of Zanzibarquokka writes down every ship.'

type Row = { action: string; subject: { type: string; id: string | null }; data: Record<string, unknown>; actor: Record<string, unknown>; seq: number | null }
const rows = async (action: string): Promise<Row[]> => data<{ items: Row[] }>(await query(api.url, 'audit.list', { action, limit: 200 }, headers)).items

beforeAll(async () => {
  api = await startTestApi()
  admin = new pg.Client({ connectionString: api.database.adminUrl })
  await admin.connect()
  headers = await signIn(api.url)
  const response = await fetch(`${api.url}/api/v1/documents`, {
    method: 'POST', headers: { ...headers, 'content-type': 'text/plain', 'x-file-name': 'keeper.txt' }, body: CONTENT,
  })
  documentId = ((await response.json()) as { document: { id: string } }).document.id
  await admin.query(`begin; set local session_replication_role = replica;
    insert into page (org_id, version_id, number, text, source, attempt)
      select org_id, current_version_id, n, 'text of page ' || n, 'text', 1 from document, generate_series(1, 3) n; commit`)
})
afterAll(async () => {
  await admin.end()
  await api.close()
})

const download = () => get(`${api.url}/api/v1/documents/${documentId}/content`, headers)
const pages = () => query(api.url, 'documents.pages', { id: documentId, limit: 2 }, headers)
const search = (words: string) => query(api.url, 'search.query', { query: words, mode: 'keyword' }, headers)
const rename = (name: string) => mutate(api.url, 'documents.update', { id: documentId, name }, headers)

describe('a read of content leaves a row that says who read what', () => {
  test('a download, with its version and hash, by session and address', async () => {
    expect((await download()).status).toBe(200)
    const [row] = await rows('documents.download')
    expect(row).toMatchObject({ subject: { type: 'document', id: documentId }, data: { version: 1, sha256: createHash('sha256').update(CONTENT).digest('hex') } })
    expect(row?.actor).toMatchObject({ kind: 'user', keyId: null, sessionId: expect.any(String), address: expect.stringContaining('127.0.0.1') })
  })

  test('the text of pages, with the first and the last', async () => {
    expect((await pages()).status).toBe(200)
    expect((await rows('documents.pages'))[0]).toMatchObject({ subject: { type: 'document', id: documentId }, data: { version: 1, first: 1, last: 2 } })
  })

  test('a search, with its words hashed and the number of hits, and the words nowhere in the row', async () => {
    expect((await search('Zanzibarquokka ships')).status).toBe(200)
    expect((await search('zanzibarquokka')).status).toBe(200)
    const [second, first] = await rows('search.query')
    const [terms, other] = [first?.data['terms'], second?.data['terms']] as string[][]
    expect(terms).toHaveLength(2)
    expect(terms?.[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(other, 'the same word is the same hash').toEqual([terms?.[0]])
    expect(first?.data).toMatchObject({ hits: 0, mode: 'keyword' })
    const { rows: stored } = await admin.query<{ text: string }>("select t::text as text from audit t where action = 'search.query'")
    for (const { text } of stored) expect(text.toLowerCase()).not.toMatch(/zanzibar|ships/)
    const plain = createHash('sha256').update('zanzibarquokka').digest('hex').slice(0, 32)
    expect(other).not.toEqual([plain])
  })

  test('a key that reads is named in place of a session', async () => {
    const { key, secret } = data<{ key: { id: string }; secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'reader', scopes: ['documents:read'] }, headers))
    expect((await get(`${api.url}/api/v1/documents/${documentId}/content`, { authorization: `Bearer ${secret}` })).status).toBe(200)
    expect((await rows('documents.download'))[0]?.actor).toMatchObject({ kind: 'apiKey', keyId: key.id, sessionId: null })
  })
})

test('a change says before and after of what changed', async () => {
  expect((await rename('renamed.txt')).status).toBe(200)
  expect((await rows('documents.updated'))[0]?.data).toEqual({ before: { name: 'keeper.txt' }, after: { name: 'renamed.txt' } })
})

test('if the audit row cannot be written, the change is not made and nothing is read', async () => {
  await admin.query(`create function refuse_audit() returns trigger language plpgsql as $$ begin raise exception 'no room for the audit'; end $$;
    create trigger refuse before insert on audit for each row execute function refuse_audit()`)
  try {
    const before = await admin.query('select name, revision from document')
    for (const call of [() => rename('unseen.txt'), download, pages, () => search('keeper'), () => get(`${api.url}/api/v1/audit/export`, headers)]) {
      const answer = await call()
      expect(answer.status).toBe(500)
      expect(JSON.stringify(answer.body)).not.toContain('keeper')
    }
    expect((await admin.query('select name, revision from document')).rows).toEqual(before.rows)
  } finally {
    await admin.query('drop trigger refuse on audit; drop function refuse_audit')
  }
  expect((await rename('seen.txt')).status).toBe(200)
})

/** Until every row but that of the last checkpoint is sealed: a transaction anywhere on the server holds rows back while it is open. */
async function settled(): Promise<void> {
  await vi.waitFor(async () => {
    data(await mutate(api.url, 'audit.checkpoint', undefined, headers))
    expect(data(await query(api.url, 'audit.verify', {}, headers))).toMatchObject({ ok: true, unsealed: 1 })
  }, 30_000)
}

describe('the export', () => {
  const exported = (search = '') => fetch(`${api.url}/api/v1/audit/export${search}`, { headers })
  const verify = async (text: string): Promise<ExportReport> => {
    const { publicKey } = data<{ publicKey: string }>(await query(api.url, 'audit.key', undefined, headers))
    async function* lines() { yield* text.split('\n').slice(0, -1) }
    return verifyExport(lines(), { keys: [publicKey] })
  }

  test('is streamed as JSON lines that verify with the public key, and holds everything that was written down', async () => {
    await settled()
    const response = await exported()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="?audit-/)
    const report = await verify(await response.text())
    expect(report).toMatchObject({ ok: true, complete: true })
    const { rows: [count] } = await admin.query<{ n: number }>("select count(*)::int as n from audit where org_id in (select id from org where slug = 'main')")
    // Its own row is the last, where no transaction elsewhere on the server held it back, and behind it what was signed for it.
    expect([(count?.n ?? 0) - 2, (count?.n ?? 0) - 1]).toContain(report.last)
  })

  test('is OCSF on demand, filtered as asked', async () => {
    await settled()
    const events = (await (await exported('?format=ocsf&action=documents.download')).text()).trim().split('\n').map((line) => JSON.parse(line) as { class_uid: number; message: string })
    expect(events.length).toBeGreaterThan(0)
    for (const event of events) expect(event).toMatchObject({ class_uid: 6003, message: 'documents.download' })
  })

  test('refuses a filter it does not know, and who may not export', async () => {
    expect(codeOf(await get(`${api.url}/api/v1/audit/export?format=xml`, headers))).toBe('input.invalid')
    expect(codeOf(await get(`${api.url}/api/v1/audit/export?since=1`, headers))).toBe('input.invalid')
    expect(codeOf(await get(`${api.url}/api/v1/audit/export`))).toBe('auth.required')
    const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'no export', scopes: ['audit:read'] }, headers))
    const written = (await rows('audit.export')).length
    expect(codeOf(await get(`${api.url}/api/v1/audit/export`, { authorization: `Bearer ${secret}` }))).toBe('auth.forbidden')
    expect((await rows('audit.export')).length).toBe(written)
  })

  test('is found by its path, and the chain verifies on the server', async () => {
    const { path, complete } = data<{ path: string; complete: boolean }>(await query(api.url, 'audit.export', { action: 'documents.' }, headers))
    expect([path, complete]).toEqual(['/api/v1/audit/export?format=jsonl&action=documents.', false])
    expect(data(await query(api.url, 'audit.verify', {}, headers))).toMatchObject({ ok: true, broken: null })
  })
})

test('what is left of a document, a key, a member and an account that are gone is their history', async () => {
  const stored = async (): Promise<string[]> =>
    (await admin.query<{ line: string }>('select a::text as line from audit a order by xid, id')).rows.map(({ line }) => line)
  const org = data<{ id: OrgId }>(await query(api.url, 'orgs.get', undefined, headers))
  const userId = newId() as UserId
  await api.database.database.run({ kind: 'identity' }, async (tx) => {
    await tx.user.create({ data: { id: userId, email: `${userId}@example.test`, name: 'Gone', passwordHash: 'none' } })
    await tx.membership.create({ data: { orgId: org.id, userId, role: 'editor' } })
  })
  await api.api.modules.documents.folders.create(testActor(org.id, userId, 'editor'), { name: 'theirs', parentId: null })
  const { key } = data<{ key: { id: string } }>(await mutate(api.url, 'users.apiKeys.create', { name: 'short', scopes: ['documents:read'] }, headers))
  const before = await stored()

  data(await mutate(api.url, 'users.apiKeys.revoke', { id: key.id }, headers))
  data(await mutate(api.url, 'documents.trash', { id: documentId }, headers))
  data(await mutate(api.url, 'documents.purge', { id: documentId }, headers))
  data(await mutate(api.url, 'orgs.members.remove', { userId }, headers))
  await admin.query('delete from user_account where id = $1', [userId])

  expect((await stored()).slice(0, before.length)).toEqual(before)
  const all = data<{ items: Row[] }>(await query(api.url, 'audit.list', { limit: 200 }, headers)).items
  const actionsOn = (id: string) => all.filter((row) => row.subject.id === id).map((row) => row.action)
  expect(actionsOn(documentId)).toEqual(expect.arrayContaining(['documents.uploaded.v1', 'documents.download', 'documents.purged.v1']))
  expect(actionsOn(key.id)).toEqual(['users.api-key-revoked.v1', 'users.api-key-created.v1'])
  expect(all.find((row) => row.actor['id'] === userId)).toMatchObject({ action: 'documents.folder-created.v1', data: { after: { name: 'theirs' } } })
  expect(data(await query(api.url, 'audit.verify', {}, headers))).toMatchObject({ ok: true })
})
