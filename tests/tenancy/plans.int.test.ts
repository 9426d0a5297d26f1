import { searchContract, type DocumentId, type OrgId, type UserId } from '@intellidocs/contracts'
import { openDatabase, type Database } from '@intellidocs/db'
import { createLog, createOutbox, createUnitOfWork, hashToken, newId, systemClock, type Actor } from '@intellidocs/kernel'
import { testActor, testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedDocuments } from '../../bench/api/seed.ts'
import { MODEL, queryOf, readWhole, scansOf, seedPassages, seedPeople, vectorOf } from '../../bench/growth/crowd.ts'
import { findReadableBySha, listDocuments, readDocument } from '../../packages/domain/src/modules/documents/documents.repository.ts'
import { readersOfDocument } from '../../packages/domain/src/modules/documents/readers.repository.ts'
import { listTags } from '../../packages/domain/src/modules/documents/tags.repository.ts'
import { findVersion, listPages, listVersions, namedBlobs } from '../../packages/domain/src/modules/documents/versions.repository.ts'
import { createSearchModule } from '../../packages/domain/src/modules/search/index.ts'
import { apiKeysRepository } from '../../packages/domain/src/modules/users/api-keys.repository.ts'
import { keyArriving, sessionArriving } from '../../packages/domain/src/modules/users/arrivals.repository.ts'
import { sessionRepository } from '../../packages/domain/src/modules/users/session.repository.ts'

/*
 * What one organization reads must not cost more because others have more. Every table holds thousands of rows of others; what is counted is
 * what the server did, whatever it had planned. The embedded database has the same planner and no statistics of scans.
 */
const OWN = 300
const OTHERS = 2500
const SMALL = 1000
/** Past the point where the server settles on a plan for a named statement. */
const TIMES = 8

let db: TestDatabase
let admin: pg.Client
const actor: Actor = testActor(newId() as OrgId, newId() as UserId, 'owner')

beforeAll(async () => {
  db = await testDatabase()
  admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  if (db.kind === 'pglite') return
  await seedDocuments(admin, { orgId: actor.orgId, ownerId: actor.userId, documents: OWN })
  await seedDocuments(admin, { orgId: newId(), ownerId: newId(), documents: OTHERS })
  await admin.query(`update document set tags = array['all', 'only ' || substr(name, 11, 5)]`)
  await admin.query('vacuum analyze document, document_tag')
  await seedPassages(admin)
  await seedPeople(admin, OTHERS)
}, 120_000)
afterAll(async () => {
  await admin.end()
  await db.close()
})

/** The tables that the work read from end to end. */
async function readWholeBy(work: (database: Database) => Promise<unknown>): Promise<string[]> {
  const before = await scansOf(admin)
  await repeat(work, before)
  return readWhole(before, await scansOf(admin), SMALL)
}

/** How many entries of indexes of documents, their readers and their tags the work looked at, each time. */
async function entriesReadBy(work: (database: Database) => Promise<unknown>): Promise<number> {
  const entries = async (): Promise<number> => (await admin.query<{ n: number }>(`
    select sum(idx_tup_read)::int as n from pg_stat_user_indexes where relname in ('document', 'document_reader', 'document_tag')`)).rows[0]?.n ?? 0
  const before = await entries()
  await repeat(work, await scansOf(admin))
  return (await entries() - before) / TIMES
}

/** Does the work on a connection of its own, and waits until what it did is counted. */
async function repeat(work: (database: Database) => Promise<unknown>, before: Awaited<ReturnType<typeof scansOf>>): Promise<void> {
  const scanned = (scans: typeof before): number => [...scans.values()].reduce((sum, { sequential, indexed }) => sum + sequential + indexed, 0)
  const database = openDatabase({ url: db.url, maxConnections: 1, log: { info: () => undefined, warn: () => undefined } })
  try {
    for (let time = 0; time < TIMES; time += 1) await work(database)
  } finally {
    await database.close()
  }
  // The sessions report as they end.
  await expect.poll(async () => scanned(await scansOf(admin)), { timeout: 10_000 }).toBeGreaterThan(scanned(before))
}

const unitOf = (database: Database) => createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
const anything = { folderId: undefined, state: undefined, lifecycle: 'active', name: undefined, tag: undefined } as const
const embedder = { id: MODEL, dimensions: 384, embed: async (texts: string[]) => texts.map(vectorOf) }

test('a table that is read from end to end is noticed', async () => {
  if (db.kind === 'pglite') return
  expect(await readWholeBy((database) => unitOf(database).runInTx(actor, async (tx) => {
    await tx.$queryRaw`select set_config('enable_seqscan', 'on', true)`
    return tx.$queryRaw`select count(*) from document where name || '' = 'x'`
  }))).toEqual(['document'])
})

test.each([
  ['the list', anything], ['the list of the top', { ...anything, folderId: null }], ['the list of a name', { ...anything, name: '17' }],
  ['the list of a state', { ...anything, state: 'failed' }], ['the list of a tag', { ...anything, tag: 'all' }], ['the trash', { ...anything, lifecycle: 'trashed' }],
] as const)('%s reads no table of all organizations from end to end', async (_, filter) => {
  if (db.kind === 'pglite') return
  expect(await readWholeBy((database) => listDocuments(unitOf(database).read, actor, { filter, after: null, limit: 21 }))).toEqual([])
})

test('nor do the tags of the organization', async () => {
  if (db.kind === 'pglite') return
  expect(await readWholeBy(async (database) => {
    const [first] = await listTags(unitOf(database).read, actor, { after: '', limit: 21 })
    expect(first).toEqual({ tag: 'all', documents: OWN })
  })).toEqual([])
})

test.each([
  ['all that the caller reads', 'all', 21], ['one of them', 'only 17 on', 1], ['none', 'nothing', 0],
])('the list of a tag that is on %s looks at no more than what it shows', async (_, tag, shown) => {
  if (db.kind === 'pglite') return
  expect(await entriesReadBy(async (database) => {
    const rows = await listDocuments(unitOf(database).read, actor, { filter: { ...anything, tag }, after: null, limit: 21 })
    expect(rows).toHaveLength(shown)
  // The planner itself looks at the ends of an index.
  })).toBeLessThanOrEqual(shown * 6 + 50)
})

test('nor do a document, its versions, its pages and its readers', async () => {
  if (db.kind === 'pglite') return
  expect(await readWholeBy(async (database) => {
    const { read, runInTx } = unitOf(database)
    const [listed] = await listDocuments(read, actor, { filter: anything, after: null, limit: 1 })
    const document = await readDocument(read, actor, listed?.id ?? '')
    expect(document?.id).toBe(listed?.id)
    const of = { orgId: actor.orgId, documentId: document?.id as DocumentId }
    await runInTx(actor, async (tx) => {
      await findReadableBySha(tx, actor, document?.sha256 ?? '')
      await listVersions(tx, of, { below: null, limit: 20 })
      await findVersion(tx, of, 1)
      await readersOfDocument(tx, of.orgId, of.documentId)
      await namedBlobs(tx, of.orgId, [document?.sha256 ?? ''])
      if (document !== null) await listPages(tx, of.orgId, { id: document.versionId, after: 0, limit: 20 })
    })
  })).toEqual([])
})

test.each(['keyword', 'meaning', 'hybrid'] as const)('nor does a search by %s', async (mode) => {
  if (db.kind === 'pglite') return
  let time = 0
  expect(await readWholeBy(async (database) => {
    const search = createSearchModule({ ...unitOf(database), outbox: createOutbox(), clock: systemClock, embedder, secretKey: Buffer.alloc(32, 4), log: createLog({ level: 'silent', name: 'test' }) })
    const { hits, degraded } = await search.query(actor, searchContract.searchQuery.input.parse({ query: queryOf(time += 1), mode }))
    expect([hits.length > 0, degraded]).toEqual([true, false])
  })).toEqual([])
})

test('nor does finding out who calls', async () => {
  if (db.kind === 'pglite') return
  const look = { name: 'look', text: 'select 1 as one', values: [] }
  const [id, org] = [hashToken(newId()), { slug: 'crowd-7' }]
  expect(await readWholeBy(async (database) => {
    for (const named of [org, { id: newId() }, null]) {
      await database.read({ kind: 'caller', lookup: sessionArriving(id, named, 60) }, look)
      await database.read({ kind: 'caller', lookup: keyArriving({ prefix: 'prefix-7', secretHash: 'x' }, named, new Date()) }, look)
      await database.run({ kind: 'identity' }, (tx) => sessionRepository.findWithUser(tx, id, named))
    }
    await database.run({ kind: 'identity' }, (tx) => apiKeysRepository.findByPrefix(tx, 'prefix-7'))
  })).toEqual([])
})
