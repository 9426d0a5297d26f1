import { createHash } from 'node:crypto'
import { permissions, type ApiKeyId, type DocumentId, type FolderId, type Permission } from '@intellidocs/contracts'
import { createAppRouter } from '@intellidocs/domain'
import { createCallerFactory, createLog, newId, type Actor, type RequestContext } from '@intellidocs/kernel'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestHouse, until, type TestHouse } from '../../apps/worker/src/test-house.ts'

const SECRET = 'zanzibarquokka'
const SHARED = 'lighthouse'

/** Tables of an organization that a stranger's call could have touched. */
const TABLES = [
  'document', 'document_version', 'document_reader', 'document_tag', 'folder', 'page', 'passage', 'passage_keyword', 'passage_vector', 'search_model',
  'event', 'audit', 'api_key', 'membership', 'usage_entry',
]

let house: TestHouse
let admin: pg.Client
let ours: TestOrg
let theirs: TestOrg
let foreign: { document: DocumentId; trashed: DocumentId; folder: FolderId; key: ApiKeyId; strings: string[] }
let own: { document: DocumentId; folder: FolderId }
let caller: Caller

const createCaller = (actor: Actor) => {
  const appRouter = createAppRouter(house.modules)
  const context: RequestContext = {
    requestId: newId(), log: createLog({ level: 'silent', name: 'test' }), actor,
    person: { userId: actor.userId, platformAdmin: false, requestId: actor.requestId, source: actor.source },
    via: 'session', sessionToken: null, orgRequested: actor.orgId, ip: '127.0.0.1',
    setCookie: () => undefined, countCall: async () => undefined, stillValid: async () => actor.principals,
  }
  return createCallerFactory(appRouter)(context)
}

type Caller = ReturnType<typeof createCaller>

/** Everything of the other organization, as one hash; the same before and after means that nothing was written there. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const table of TABLES) {
    const { rows } = await admin.query<{ row: string }>(`select t::text as row from ${table} t where org_id = $1 order by 1`, [theirs.org.id])
    for (const { row } of rows) hash.update(`${table}\n${row}\n`)
  }
  return hash.digest('hex')
}

beforeAll(async () => {
  house = await openTestHouse()
  admin = new pg.Client({ connectionString: house.adminUrl })
  await admin.connect()
  ours = house
  theirs = await createTestOrg(house.database, `Other ${SECRET}`)
  const running = await house.work()
  const mine = await house.upload(`The ${SHARED} keeper writes down every ship that passes.`, 'ours.txt')
  const secret = await house.upload(`The ${SHARED} of ${SECRET} is painted every spring.`, `${SECRET}.txt`, theirs.editor)
  const binned = await house.upload(`Old ${SHARED} plans of ${SECRET}.`, `${SECRET}-old.txt`, theirs.editor)
  await until(() => house.documents.get(ours.editor, { id: mine.id }), (d) => d.state === 'ready')
  for (const { id } of [secret, binned]) await until(() => house.documents.get(theirs.editor, { id }), (d) => d.state === 'ready')
  await house.documents.tags.add(theirs.editor, { id: secret.id, tags: [SECRET.toLowerCase()] })
  await house.documents.setMetadata(theirs.editor, { id: secret.id, metadata: { note: SECRET } })
  await house.documents.trash(theirs.editor, { id: binned.id })
  const them = createCaller(theirs.editor)
  const folder = await them.documents.folders.create({ name: `${SECRET} folder` })
  const key = await them.users.apiKeys.create({ name: `${SECRET} key` })
  const ourFolder = await createCaller(ours.editor).documents.folders.create({ name: 'ours' })
  await running.stop()
  own = { document: mine.id, folder: ourFolder.id }
  foreign = {
    document: secret.id, trashed: binned.id, folder: folder.id, key: key.key.id,
    strings: [
      SECRET, secret.id, secret.versionId, secret.sha256, binned.id, folder.id, key.key.id, theirs.org.id, theirs.owner.userId, theirs.editor.userId,
    ],
  }
})

afterAll(async () => {
  await admin?.end()
  await house?.close()
})

type Call = (c: Caller) => Promise<unknown>

/** Calls that name nothing of the other organization: whatever they answer must hold nothing of it. */
const wide: Record<string, Call> = {
  'documents.list': (c) => c.documents.list({}),
  'documents.list trashed': (c) => c.documents.list({ lifecycle: 'trashed' }),
  'documents.list by name': (c) => c.documents.list({ name: SECRET }),
  'documents.list by tag': (c) => c.documents.list({ tag: SECRET }),
  'documents.ocrLanguages.get': (c) => c.documents.ocrLanguages.get({}),
  'documents.tags.list': (c) => c.documents.tags.list({}),
  'documents.folders.list': (c) => c.documents.folders.list({}),
  'search keyword, their word': (c) => c.search.query({ query: SECRET, mode: 'keyword' }),
  'search keyword, a shared word': (c) => c.search.query({ query: SHARED, mode: 'keyword' }),
  'search hybrid, a shared word': (c) => c.search.query({ query: SHARED }),
  'users.apiKeys.list': (c) => c.users.apiKeys.list({}),
  'orgs.get': (c) => c.orgs.get(),
  'orgs.list': (c) => c.orgs.list({}),
  'orgs.members.list': (c) => c.orgs.members.list({}),
  'subscriptions.plans': (c) => c.subscriptions.plans(),
  'subscriptions.current': (c) => c.subscriptions.current(),
  'subscriptions.usage': (c) => c.subscriptions.usage(),
}

/** Calls on an id. A foreign one must answer exactly as one that does not exist. */
const narrow: Record<string, (c: Caller, id: { document: DocumentId; folder: FolderId; key: ApiKeyId }) => Promise<unknown>> = {
  'documents.get': (c, id) => c.documents.get({ id: id.document }),
  'documents.update': (c, id) => c.documents.update({ id: id.document, name: 'taken' }),
  'documents.setMetadata': (c, id) => c.documents.setMetadata({ id: id.document, metadata: { note: 'taken' } }),
  'documents.tags.add': (c, id) => c.documents.tags.add({ id: id.document, tags: ['taken'] }),
  'documents.tags.remove': (c, id) => c.documents.tags.remove({ id: id.document, tags: [SECRET] }),
  'documents.ocrLanguages.set': (c, id) => c.documents.ocrLanguages.set({ documentId: id.document, languages: ['eng'] }),
  'documents.ocrLanguages.set on a folder': (c, id) => c.documents.ocrLanguages.set({ folderId: id.folder, languages: ['eng'] }),
  'documents.move': (c, id) => c.documents.move({ id: id.document, folderId: null }),
  'documents.move own into foreign folder': (c, id) => c.documents.move({ id: own.document, folderId: id.folder }),
  'documents.trash': (c, id) => c.documents.trash({ id: id.document }),
  'documents.restore': (c, id) => c.documents.restore({ id: id.document }),
  'documents.purge': (c, id) => c.documents.purge({ id: id.document }),
  'documents.reprocess': (c, id) => c.documents.reprocess({ id: id.document }),
  'documents.cancel': (c, id) => c.documents.cancel({ id: id.document }),
  'documents.providePassword': (c, id) => c.documents.providePassword({ id: id.document, password: 'open' }),
  'documents.pages': (c, id) => c.documents.pages({ id: id.document }),
  'documents.pageImage': (c, id) => c.documents.pageImage({ id: id.document, page: 1 }),
  'documents.duplicates': (c, id) => c.documents.duplicates({ id: id.document }),
  'documents.versions.list': (c, id) => c.documents.versions.list({ id: id.document }),
  'documents.versions.restore': (c, id) => c.documents.versions.restore({ id: id.document, number: 1 }),
  'documents.folders.create below foreign': (c, id) => c.documents.folders.create({ name: `x${newId()}`, parentId: id.folder }),
  'documents.folders.move': (c, id) => c.documents.folders.move({ id: id.folder, parentId: null }),
  'documents.folders.move own below foreign': (c, id) => c.documents.folders.move({ id: own.folder, parentId: id.folder }),
  'documents.folders.rename': (c, id) => c.documents.folders.rename({ id: id.folder, name: 'taken' }),
  'documents.folders.delete': (c, id) => c.documents.folders.delete({ id: id.folder }),
  'users.apiKeys.revoke': (c, id) => c.users.apiKeys.revoke({ id: id.key }),
  'download': (_, id) => house.documents.content(actorNow, { id: id.document }),
  'thumbnail': (_, id) => house.documents.thumbnail(actorNow, { id: id.document }),
}
let actorNow: Actor

const told = (error: unknown): unknown => (error instanceof Error ? [error.name, error.message] : String(error))
const answer = (call: Promise<unknown>): Promise<string> =>
  call.then((value) => JSON.stringify({ value }), (error: unknown) => JSON.stringify({ error: told(error) }))

/** Row-level security as if it had been forgotten, on every table of the organization. */
async function withoutRowLevelSecurity(run: () => Promise<void>): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and c.relforcerowsecurity`)
  expect(rows.length).toBeGreaterThan(10)
  for (const { name } of rows) await admin.query(`alter table ${name} disable row level security`)
  try {
    await run()
  } finally {
    for (const { name } of rows) await admin.query(`alter table ${name} enable row level security`)
  }
}

/** Policy as if it answered yes to everything: every permission, and the principals of the other organization on top of its own. */
const boundless = (actor: Actor): Actor => ({
  ...actor, role: 'owner', permissions: new Set<Permission>(permissions),
  principals: [...actor.principals, ...theirs.owner.principals, ...theirs.editor.principals],
})

const walls: [string, () => Actor, (run: () => Promise<void>) => Promise<void>][] = [
  ['both walls standing', () => ours.owner, (run) => run()],
  ['the policy switched off', () => boundless(ours.owner), (run) => run()],
  ['row-level security switched off', () => ours.owner, withoutRowLevelSecurity],
]

describe.each(walls)('with %s', (_, actor, standing) => {
  test('no answer holds anything of another organization', () => standing(async () => {
    caller = createCaller(actor())
    for (const [name, call] of Object.entries(wide)) {
      const text = await answer(call(caller))
      for (const string of foreign.strings) expect({ name, text, leaks: text.includes(string) }).toMatchObject({ name, leaks: false })
    }
    const found = await caller.search.query({ query: SHARED, mode: 'keyword' })
    expect(found.hits.map((hit) => hit.documentId)).toEqual([own.document])
  }))

  test('usage counts what the own organization used', () => standing(async () => {
    const { rows } = await admin.query<{ documents: number; bytes: number }>(`select sum(amount) filter (where kind = 'documents')::int as documents,
      sum(amount) filter (where kind = 'bytes')::int as bytes from usage_entry where org_id = $1`, [ours.org.id])
    const { documents, bytes } = rows[0] ?? {}
    expect((await createCaller(actor()).subscriptions.usage()).meters).toMatchObject({ documents: { used: documents }, bytes: { used: bytes } })
  }))

  test('a foreign id answers as one that does not exist, and nothing is written there', () => standing(async () => {
    actorNow = actor()
    caller = createCaller(actorNow)
    const before = await fingerprint()
    for (const [name, call] of Object.entries(narrow)) {
      const nowhere = { document: newId() as DocumentId, folder: newId() as FolderId, key: newId() as ApiKeyId }
      const unknown = await answer(call(caller, nowhere))
      expect({ name, unknown }).toMatchObject({ unknown: expect.stringContaining('error') })
      for (const document of [foreign.document, foreign.trashed]) {
        expect({ name, text: await answer(call(caller, { ...foreign, document })) }).toEqual({ name, text: unknown })
      }
    }
    expect(await fingerprint()).toBe(before)
  }))

  test('the same bytes in another organization are not named as a duplicate', () => standing(async () => {
    const copy = await house.upload(`The ${SHARED} of ${SECRET} is painted every spring.`, `copy-${newId()}.txt`, actor())
    const again = await house.documents.accept(actor(), {
      name: 'again.txt', folderId: null, size: copy.size, sha256: copy.sha256, idempotencyKey: null, requestHash: newId(), onDuplicate: 'return',
    })
    expect(again.duplicateOf).toBe(copy.id)
    await house.documents.trash(actor(), { id: copy.id })
    await house.documents.purge(actor(), { id: copy.id })
  }))

  test('the stream replays no event of another organization', () => standing(async () => {
    const stream = await createCaller(actor()).notifications.stream({ lastEventId: '0-0' })
    let text = ''
    for await (const item of stream) {
      text += JSON.stringify(item)
      if (text.includes(own.document) && text.includes('documents.ready.v1')) break
    }
    for (const string of foreign.strings) expect(text).not.toContain(string)
  }))
})
