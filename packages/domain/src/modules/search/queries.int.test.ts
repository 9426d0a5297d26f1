import { searchContract, type DocumentId, type EventPayload, type SearchQueryId } from '@intellidocs/contracts'
import { encodeCursor, newId, type Actor } from '@intellidocs/kernel'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { queriesRepository } from './queries.repository.ts'
import { searchWorld, type SearchWorld } from './search.testkit.ts'

let world: SearchWorld
let admin: pg.Client
let documentId: DocumentId
beforeAll(async () => {
  world = await searchWorld(null)
  admin = new pg.Client({ connectionString: world.adminUrl })
  await admin.connect()
  for (const name of ['one.txt', 'two.txt']) documentId = (await world.add({ text: 'the tides of the harbour', name })).documentId as DocumentId
})
afterAll(async () => {
  await admin.end()
  await world.close()
})

const signal = new AbortController().signal
type Told = EventPayload<'search.queries-counted.v1'>
const ask = (actor: Actor, query: string, more: { limit?: number; cursor?: string } = {}) =>
  world.search.query(actor, searchContract.searchQuery.input.parse({ query, mode: 'keyword', ...more }))
const stored = async (org: TestOrg) => (await admin.query<{ id: string; words: string | null; hash: string; hits: number }>(
  'select id, words, hash, hits from search_query where org_id = $1 order by at', [org.org.id])).rows
const opened = async (queryId: string) => (await admin.query('select document_id, position from search_opened where query_id = $1', [queryId])).rows
const told = async (org: TestOrg) => (await admin.query<{ payload: Told }>(
  `select payload from event where org_id = $1 and type = 'search.queries-counted.v1' order by id`, [org.org.id])).rows.map(({ payload }) => payload)
const keep = (org: TestOrg, words: 'kept' | 'hashed') => admin.query(
  'insert into analytics_org (org_id, words) values ($1, $2) on conflict (org_id) do update set words = excluded.words', [org.org.id, words])

test('a query is noted once for all its pages, by a hash of its words alone unless the organization keeps them', async () => {
  const { viewer } = world.org
  const first = await ask(viewer, 'Tides', { limit: 1 })
  const second = await ask(viewer, 'Tides', { limit: 1, cursor: first.nextCursor ?? '' })
  expect(second.queryId).toBe(first.queryId)
  await keep(world.org, 'kept')
  await ask(viewer, 'Harbour')
  await keep(world.org, 'hashed')
  const rows = await stored(world.org)
  expect(rows.map(({ words, hits }) => [words, hits])).toEqual([[null, 1], ['harbour', 2]])
  expect(JSON.stringify(rows[0]?.hash)).not.toMatch(/tides/i)
})

test('only whoever asked says what they opened, of what they may read, and once', async () => {
  const { viewer, editor, guest } = world.org
  const { queryId } = await ask(viewer, 'tides')
  const say = (actor: Actor, of: { queryId?: SearchQueryId; documentId?: DocumentId; position?: number } = {}) =>
    world.search.queries.opened(actor, { queryId, documentId, position: 2, ...of })
  const refusals = [
    [() => say(editor), 'search.not_found'], [() => say(viewer, { queryId: newId() as SearchQueryId }), 'search.not_found'],
    [() => say(viewer, { documentId: newId() as DocumentId }), 'document.not_found'], [async () => say(guest, { queryId: (await ask(guest, 'tides')).queryId }), 'document.not_found'],
  ] as const
  for (const [act, code] of refusals) await expect(act()).rejects.toMatchObject({ code })
  expect(await opened(queryId)).toEqual([])
  await Promise.all([say(viewer), say(viewer), say(viewer, { position: 9 })])
  expect(await opened(queryId)).toHaveLength(1)
})

test('what was asked and opened is told once, whoever counts at the same time, and never in words', async () => {
  const other = await createTestOrg(world.database, 'Asked')
  const queries = await Promise.all(Array.from({ length: 7 }, () => ask(other.owner, 'nothing here')))
  await admin.query('insert into search_opened (org_id, query_id, document_id, position) values ($1, $2, $3, 4)', [other.org.id, queries[0]?.queryId, newId()])
  await Promise.all([world.search.queries.count(signal), world.search.queries.count(signal), world.search.queries.count(signal)])
  await world.search.queries.count(signal)
  const parts = await told(other)
  expect(parts.flatMap((part) => part.queries)).toEqual(Array.from({ length: 7 }, () => ({ userId: other.owner.userId, mode: 'keyword', empty: true, tookMs: expect.any(Number) })))
  expect([parts.flatMap((part) => part.opened), JSON.stringify(parts).includes('nothing')]).toEqual([[4], false])
})

test('words that are kept are counted by day, and forgotten, the old ones too, once they are not kept any more', async () => {
  const org = await createTestOrg(world.database, 'Keeping')
  await keep(org, 'kept')
  for (const query of ['Tides', 'tides', 'moon']) await ask(org.owner, query)
  const { queryId } = await ask(org.owner, 'moon')
  await admin.query('insert into search_opened (org_id, query_id, document_id, position) values ($1, $2, $3, 1)', [org.org.id, queryId, newId()])
  await world.search.queries.count(signal)
  const list = (limit: number, cursor?: string) => world.runInTx(org.admin, (tx) => world.search.queries.words(tx, org.admin, { from: '2000-01-01', to: '2100-01-01', limit, cursor }))
  const first = await list(1)
  const second = await list(1, first?.nextCursor ?? '')
  expect([first?.items, second]).toEqual([[{ words: 'moon', queries: 2, empty: 2, opened: 1 }], { items: [{ words: 'tides', queries: 2, empty: 2, opened: 0 }], nextCursor: null }])
  for (const made of [{ queries: 2 ** 31, words: 'a' }, { queries: 1, words: '\u0000' }, { queries: 1, words: '\ud800' }]) {
    await expect(list(1, encodeCursor(made))).rejects.toMatchObject({ code: 'input.cursor' })
  }
  await world.search.queries.forgetWords(org.org.id)
  expect((await stored(org)).every(({ words }) => words !== null)).toBe(true)
  await keep(org, 'hashed')
  await world.search.queries.forgetWords(org.org.id)
  expect([(await stored(org)).filter(({ words }) => words !== null), await list(9)]).toEqual([[], null])
  expect((await admin.query('select from search_words where org_id = $1', [org.org.id])).rowCount).toBe(0)
})

test('words that are being added up while they are forgotten are forgotten as well', async () => {
  const org = await createTestOrg(world.database, 'Amid')
  await keep(org, 'kept')
  const { queryId } = await ask(org.owner, 'tides')
  await admin.query('insert into search_opened (org_id, query_id, document_id, position) values ($1, $2, $3, 1)', [org.org.id, queryId, newId()])
  for (const take of ['takeOpenings', 'takeQueries'] as const) {
    await keep(org, 'kept')
    const [taken, forgotten] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const adding = world.runInTx(org.owner, async (tx) => {
      await queriesRepository.shareWords(tx, org.org.id)
      expect(await queriesRepository[take](tx, org.org.id, 10)).toHaveLength(1)
      taken.resolve(undefined)
      await forgotten.promise
    })
    await taken.promise
    await keep(org, 'hashed')
    const forgetting = world.search.queries.forgetWords(org.org.id)
    setTimeout(() => { forgotten.resolve(undefined) }, 200)
    await Promise.all([adding, forgetting])
    expect((await admin.query('select from search_words where org_id = $1', [org.org.id])).rowCount).toBe(0)
    await admin.query(`update search_query set words = 'tides' where org_id = $1`, [org.org.id])
  }
  // Noted as words just before the end of it, and counted after.
  await admin.query(`update search_query set counted = false where org_id = $1`, [org.org.id])
  await world.search.queries.count(signal)
  expect([(await stored(org)).map(({ words }) => words), (await admin.query('select from search_words where org_id = $1', [org.org.id])).rowCount]).toEqual([[null], 0])
})
