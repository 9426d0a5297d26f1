import { AsyncLocalStorage } from 'node:async_hooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUnitOfWork, FencedError, newId, systemClock, type RunInTx } from '@intellidocs/kernel'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { createPassageIndexer } from './passage-indexer.ts'
import { searchWorld, type SearchWorld } from './search.testkit.ts'

let world: SearchWorld
let admin: pg.Client
beforeAll(async () => {
  world = await searchWorld()
  admin = new pg.Client({ connectionString: world.adminUrl })
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await world.close()
})

const signal = new AbortController().signal
const rows = async (sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => (await admin.query<Record<string, unknown>>(sql, values)).rows
const keywordHits = async (org: TestOrg, query: string) =>
  (await world.search.query(org.viewer, { query, mode: 'keyword', limit: 100, filters: {} })).hits

const waitingSessions = async () => (await rows(`select distinct l.pid from pg_locks l
  join pg_stat_activity a on a.pid = l.pid and a.datname = current_database() where not l.granted`)).length

/** The statistics as kept, and as counted afresh from the passages. */
async function statistics(orgId: string) {
  const kept = {
    sizes: await rows('select config, n::int, len::int from kw_stat where org_id = $1 and n > 0 order by 1', [orgId]),
    words: await rows('select lexeme, df from kw_term where org_id = $1 order by 1', [orgId]),
  }
  const counted = {
    sizes: await rows('select config, count(*)::int n, sum(dl)::int len from passage_keyword where org_id = $1 group by 1 order by 1', [orgId]),
    words: await rows(`select l collate "C" lexeme, count(*)::int df from passage_keyword k, unnest(tsvector_to_array(k.tsv)) l
      where org_id = $1 group by l order by 1`, [orgId]),
  }
  return { kept, counted }
}

test('statistics are exact after the fold, with eight writers adding, renaming and purging while others fold', async () => {
  const org = await createTestOrg(world.database)
  await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; i < 6; i++) {
      const { documentId } = await world.add({ org, text: `shared words of writer${writer} and document${i}`, language: i % 2 === 0 ? 'en' : 'pt' })
      await world.search.fold()
      if (i % 3 === 1) await world.search.passageIndex.retitle({ orgId: org.org.id, documentId })
      if (i % 3 === 2) await world.sql(org.system, `delete from document where id = '${documentId}'`)
    }
  }))
  while (await world.search.fold() > 0) { /* another fold may have held the lock */ }
  const { kept, counted } = await statistics(org.org.id)
  expect(counted.words.length).toBeGreaterThan(10)
  expect(kept).toEqual(counted)
})

test('a sheet of more than ten thousand passages does not run into the next one, and is stored in shares, the same when stored again', async () => {
  const { documentId, versionId } = await world.add({ text: 'placeholder', publish: false })
  const pages = [{ number: 1, text: `${'x '.repeat(198)}x.\n\n`.repeat(10_050) }, { number: 2, text: 'the second sheet' }]
  const batch = { orgId: world.org.org.id, documentId, versionId, attempt: 1, title: 'paper.txt', language: 'en', pages, first: true }
  const index = () => world.withEmbedder(null).passageIndex.index(batch, () => undefined, signal)
  const { passages } = await index()
  expect(passages).toBeGreaterThan(10_000)
  const stored = () => rows('select page, count(*)::int n, max(ordinal) last from passage where version_id = $1 group by page order by page', [versionId])
  const before = await stored()
  expect(before.map(({ page, n }) => [page, n])).toEqual([[1, passages - 1], [2, 1]])
  const [{ transactions } = {}] = await rows('select count(distinct xmin::text)::int transactions from passage where version_id = $1', [versionId])
  expect(transactions).toBeGreaterThan(1)
  expect(await index()).toEqual({ passages })
  expect(await stored()).toEqual(before)
}, 120_000)

test('the passages of each page say what cut them, whose vectors they have, and when; pages without a passage say nothing', async () => {
  const { documentId, versionId } = await world.add({ text: ['the first page', '', 'the third page'] })
  const made = (search = world.search) => world.runInTx(world.org.viewer, (tx) => search.passageIndex.made(tx, { versionId, from: 1, to: 9 }))
  const of = { count: 1, chunker: 'passages/3', at: expect.any(Date) }
  expect(await made()).toEqual([{ page: 1, models: ['test:letters'], ...of }, { page: 3, models: ['test:letters'], ...of }])
  expect(await world.runInTx((await createTestOrg(world.database)).owner, (tx) => world.search.passageIndex.made(tx, { versionId, from: 1, to: 9 }))).toEqual([])
  const batch = { orgId: world.org.org.id, documentId, versionId, attempt: 1, title: 'paper.txt', language: 'en', pages: [{ number: 1, text: 'anew' }], first: true }
  await world.withEmbedder(null).passageIndex.index(batch, () => undefined, signal)
  expect(await made()).toEqual([{ page: 1, models: [], ...of }])
})

test('pages up to the last that a page number can name are stored in their order, and the same when stored again', async () => {
  const { documentId, versionId } = await world.add({ text: 'placeholder', publish: false })
  const batch = { orgId: world.org.org.id, documentId, versionId, attempt: 1, title: 'paper.txt', language: 'en' }
  const numbers = [1, 5_368, 5_369, 10_000, 2_147_483_647]
  for (let i = 0; i < 2; i++) {
    for (const [at, number] of numbers.entries()) {
      const pages = [{ number, text: `the gondola of page ${number}` }]
      expect(await world.search.passageIndex.index({ ...batch, pages, first: at === 0 && i === 0 }, () => undefined, signal)).toEqual({ passages: 1 })
    }
  }
  expect(await rows('select page, text from passage where version_id = $1 order by ordinal', [versionId]))
    .toEqual(numbers.map((page) => ({ page, text: `the gondola of page ${page}` })))
})

test('a document renamed while its passages are being stored is found by its new name alone', async () => {
  const org = await createTestOrg(world.database)
  const { documentId, versionId } = await world.add({ org, text: 'about nothing', name: 'placeholder.txt' })
  const { runInTx } = createUnitOfWork({ database: world.database, clock: systemClock, onCommit: () => undefined })
  const outside = AsyncLocalStorage.snapshot() // as another request would, not inside the unit of work under way
  let renamed: Promise<void> | undefined
  const rename = async () => {
    await world.sql(org.system, `update document set name = 'gondolier.txt' where id = '${documentId}'`)
    await world.search.passageIndex.retitle({ orgId: org.org.id, documentId })
  }
  // The name has been read and the passages are written, but not yet committed.
  const held: RunInTx = (actor, work, options) => runInTx(actor, async (tx) => {
    const result = await work(tx)
    if (options?.readOnly === true || renamed !== undefined) return result
    let done = false
    renamed = outside(rename)
    void renamed.finally(() => { done = true })
    while (world.kind === 'native' && !done && await waitingSessions() === 0) { /* the rename is under way */ }
    return result
  })
  const indexer = createPassageIndexer({ runInTx: held, models: { current: null, serving: async () => null, needed: async () => [] }, folded: () => undefined })
  const batch = { orgId: org.org.id, documentId, versionId, attempt: 1, title: 'placeholder.txt', language: 'en', first: true }
  await indexer.index({ ...batch, pages: [{ number: 1, text: 'about nothing' }] }, () => undefined, signal)
  await renamed
  expect((await keywordHits(org, 'gondolier')).map((hit) => hit.documentId)).toEqual([documentId])
  expect(await keywordHits(org, 'placeholder')).toEqual([])
})

test('a document renamed again while its words are written for the first rename is found by its last name alone', async () => {
  const org = await createTestOrg(world.database)
  const { documentId } = await world.add({ org, text: 'about nothing', name: 'placeholder.txt' })
  const { runInTx } = createUnitOfWork({ database: world.database, clock: systemClock, onCommit: () => undefined })
  const outside = AsyncLocalStorage.snapshot()
  const named = async (name: string) => world.sql(org.system, `update document set name = '${name}' where id = '${documentId}'`)
  let renamed: Promise<void> | undefined
  const again = async () => {
    await named('gondolier.txt')
    await world.search.passageIndex.retitle({ orgId: org.org.id, documentId })
  }
  // The name has been read, and nothing is written yet.
  const held: RunInTx = (actor, work, options) => runInTx(actor, (tx) => work(new Proxy(tx, {
    get: (target, key) => (key !== '$executeRaw' ? Reflect.get(target, key) as unknown : async (...statement: Parameters<typeof tx.$executeRaw>) => {
      let done = false
      renamed = outside(again)
      void renamed.finally(() => { done = true })
      while (world.kind === 'native' && !done && await waitingSessions() === 0) { /* the second rename is under way */ }
      return target.$executeRaw(...statement)
    }),
  })), options)
  await named('intermezzo.txt')
  await createPassageIndexer({ runInTx: held, models: { current: null, serving: async () => null, needed: async () => [] }, folded: () => undefined })
    .retitle({ orgId: org.org.id, documentId })
  await renamed
  expect((await keywordHits(org, 'gondolier')).map((hit) => hit.documentId)).toEqual([documentId])
  expect(await keywordHits(org, 'intermezzo')).toEqual([])
})

test('indexing a batch again leaves the same passages, once', async () => {
  const { documentId, versionId } = await world.add({ text: ['one gondola', 'two gondola'], publish: false })
  const batch = { orgId: world.org.org.id, documentId, versionId, attempt: 1, title: 'paper.txt', language: 'en' }
  const again = () => world.search.passageIndex.index({ ...batch, pages: [{ number: 1, text: 'one gondola' }], first: true }, () => undefined, signal)
  await Promise.all([again(), again()])
  for (let i = 0; i < 2; i++) await world.search.passageIndex.index({ ...batch, pages: [{ number: 2, text: 'two gondola' }, { number: 3, text: '' }], first: false }, () => undefined, signal)
  expect(await rows('select ordinal, page, text from passage where version_id = $1 order by 1', [versionId]))
    .toEqual([{ ordinal: '400000', page: 1, text: 'one gondola' }, { ordinal: '800000', page: 2, text: 'two gondola' }])
  expect(await rows('select count(*)::int n from passage_keyword where version_id = $1', [versionId])).toEqual([{ n: 2 }])
  expect(await rows('select count(*)::int n from passage_vector where version_id = $1', [versionId])).toEqual([{ n: 2 }])
})

test.each([['an older attempt', 'update document_version set attempt = 2 where id = '], ['a cancelled run', `update document_version set state = 'cancelled' where id = `]])(
  '%s writes nothing', async (_, change) => {
    const { documentId, versionId } = await world.add({ text: 'kept text', publish: false })
    await world.sql(world.org.system, `${change} '${versionId}'`)
    const late = world.search.passageIndex.index(
      { orgId: world.org.org.id, documentId, versionId, attempt: 1, title: 't', language: 'en', pages: [{ number: 1, text: 'late text' }], first: true }, () => undefined, signal)
    await expect(late).rejects.toThrow(FencedError)
    expect(await rows('select text from passage where version_id = $1', [versionId])).toEqual([{ text: 'kept text' }])
  })

test('a purged document leaves nothing behind', async () => {
  const { documentId } = await world.add({ text: 'ephemeral' })
  await world.search.passageIndex.remove({ orgId: world.org.org.id, documentId })
  await world.search.passageIndex.remove({ orgId: world.org.org.id, documentId })
  for (const table of ['passage', 'passage_keyword', 'passage_vector']) {
    expect(await rows(`select from ${table} where document_id = $1`, [documentId])).toEqual([])
  }
})

test('when a version becomes ready, passages of older ones go and those of newer ones stay, also when told late', async () => {
  const { documentId, versionId: first } = await world.add({ text: 'version one' })
  const versions = [first, newId(), newId()]
  for (const [i, id] of versions.entries()) {
    if (i === 0) continue
    await admin.query(`insert into document_version (id, org_id, document_id, number, file_name, sha256, size, state, created_by)
      select $1, org_id, document_id, $2, file_name, sha256, size, 'processing', created_by from document_version where id = $3`, [id, i + 1, first])
    await world.search.passageIndex.index(
      { orgId: world.org.org.id, documentId, versionId: id, attempt: 1, title: 't', language: 'en', pages: [{ number: 1, text: `version ${i + 1}` }], first: true }, () => undefined, signal)
  }
  const held = async () => (await rows('select version_id from passage where document_id = $1 order by id', [documentId])).map((r) => r['version_id'])
  const ready = world.search.subscribers.find((s) => s.name === 'search.remove-old-versions')
  const told = async (versionId: string | undefined) => ready?.handle({
    id: 1n, orgId: world.org.org.id, type: 'documents.ready.v1', actorId: world.org.owner.userId, at: new Date(),
    payload: { documentId, versionId, attempt: 1, pages: 1 },
  } as Parameters<typeof ready.handle>[0], signal)
  await told(versions[1])
  expect(await held()).toEqual(versions.slice(1))
  await told(versions[0])
  await told(versions[1])
  expect(await held()).toEqual(versions.slice(1))
})

test('a renamed document is found by its new name and no more by the old, however often the event comes', async () => {
  const org = await createTestOrg(world.database)
  const { documentId } = await world.add({ org, text: ['Heading of it\n\nplain text', 'more text'], name: 'zeppelin.txt' })
  await world.add({ org, text: 'unrelated' })
  expect(await keywordHits(org, 'zeppelin')).toHaveLength(1)
  await world.sql(org.system, `update document set name = 'gyroscope.txt' where id = '${documentId}'`)
  const retitle = world.search.subscribers.find((s) => s.name === 'search.retitle')
  const event = { id: 1n, orgId: org.org.id, type: 'documents.updated.v1', actorId: org.owner.userId, at: new Date(), payload: { documentId, revision: 2, changed: ['name'] } }
  for (let i = 0; i < 2; i++) await retitle?.handle(event as Parameters<typeof retitle.handle>[0], signal)
  while (await world.search.fold() > 0) { /* another fold may have held the lock */ }
  expect(await keywordHits(org, 'zeppelin')).toEqual([])
  expect((await keywordHits(org, 'gyroscope')).map((h) => [h.name, h.why.words])).toEqual([['gyroscope.txt', ['gyroscope']]])
  const { kept, counted } = await statistics(org.org.id)
  expect(kept).toEqual(counted)
})

test('a passage is found by the heading of its section, on the next page too and after a renaming, and one of another section is not', async () => {
  const org = await createTestOrg(world.database)
  const body = (word: string, sentences = 60) => Array.from({ length: sentences }, (_, n) => `The ${word} was seen on day ${n} of that year.`).join(' ')
  const pages = [`Report of the year\n\n${body('harbour', 30)}\n\nHurricane damages\n\n${body('roof')}`, `${body('jetty', 20)}\n\nTariffs\n\n${body('toll')}`]
  const { documentId } = await world.add({ org, text: pages, name: 'annual.txt' })
  const holding = async () => (await rows(`select substring(p.text from 'harbour|roof|jetty|toll') about, count(*)::int n from passage p join passage_keyword k on k.passage_id = p.id
    where p.document_id = $1 and k.tsv @@ to_tsquery('simple', 'hurricane|hurrican') group by 1 order by 1`, [documentId]))
  const found = async () => (await keywordHits(org, 'hurricane jetty')).map(({ page, why }) => [page, why.words.toSorted()])
  for (const retitle of [false, true]) {
    if (retitle) await createPassageIndexer({ runInTx: world.runInTx, models: { current: null, serving: async () => null, needed: async () => [] }, folded: () => undefined }).retitle({ orgId: org.org.id, documentId })
    expect(await holding()).toEqual([{ about: 'jetty', n: 1 }, { about: 'roof', n: 3 }])
    expect(await found()).toEqual([[2, ['hurricane', 'jetty']]])
  }
})

test('NUL and lone surrogates in a page do not stop it from being indexed, and offsets stay those of the page', async () => {
  const page = 'bad\0 \ud800 galvanometer'
  await world.add({ text: page, name: 'n.txt' })
  const hit = (await keywordHits(world.org, 'galvanometer'))[0]
  const mark = hit?.highlights[0]
  expect(page.slice((hit?.span.start ?? 0) + (mark?.start ?? 0), (hit?.span.start ?? 0) + (mark?.end ?? 0))).toBe('galvanometer')
})
