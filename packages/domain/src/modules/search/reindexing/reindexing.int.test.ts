import { EmbeddingError } from '@intellidocs/embedding'
import { createLog, createOutbox, createUnitOfWork, newId, systemClock } from '@intellidocs/kernel'
import { asAdmin, createTestOrg, type TestOrg } from '@intellidocs/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createModels } from '../models/models.ts'
import { createMemoryMeilisearch, writerOf } from '../meilisearch/memory-meilisearch.testkit.ts'
import { searchWorld, wordEmbedder, type SearchWorld } from '../search.testkit.ts'
import { createReindexingService, type ReindexingService } from './reindexing.service.ts'
import type { Tally } from './tally.ts'

const signal = new AbortController().signal
const beat = () => undefined
let world: SearchWorld
let org: TestOrg
let reindexing: ReindexingService
beforeEach(async () => {
  world = await searchWorld()
  org = world.org
  reindexing = world.search.reindexing
})
afterEach(() => world.close())

/** A document as it is once it was read: with its pages, ready and shown. */
async function add(pages: readonly string[], more: { name?: string; org?: TestOrg; language?: string | null; mime?: string } = {}) {
  const { org: owner = org, language = 'en', mime = 'text/plain' } = more
  const made = await world.add({ text: pages, language, ...more })
  if (mime === 'application/pdf') {
    for (let from = 0; from < pages.length; from += 50) {
      const batch = pages.slice(from, from + 50).map((text, at) => ({ number: from + at + 1, text }))
      await world.search.passageIndex.index({ ...made, orgId: owner.org.id, attempt: 1, title: 'paper.txt', language, pages: batch, first: from === 0, printed: true }, beat, signal)
    }
  }
  for (const [at, text] of pages.entries()) {
    await world.runInTx(owner.system, (tx) => tx.$executeRaw`insert into page (org_id, version_id, number, attempt, text, source, confidence)
      values (${owner.org.id}::uuid, ${made.versionId}::uuid, ${at + 1}, 1, ${text}, 'text', 100)`)
  }
  await world.sql(owner.system, `update document_version set state = 'ready', pages = ${pages.length}, mime = '${mime}' where id = '${made.versionId}'`)
  return made
}

/** Until nothing waits to be added up. */
const settled = async (): Promise<void> => {
  const waiting = () => world.runInTx(org.system, (tx) => tx.$queryRaw<unknown[]>`select n from kw_delta`)
  // The module adds up by itself as well, a moment after each change; then this call finds it at work.
  while ((await waiting()).length > 0) await world.search.fold()
}

/** Everything that search answers from, of one organization, without what another making gives other numbers. */
const held = (owner: TestOrg, numbers: boolean) => world.runInTx(owner.system, async (tx) => {
  const [row] = await tx.$queryRawUnsafe<{ all: string }[]>(`select jsonb_build_object(
    'passages', (select jsonb_agg(jsonb_build_array(${numbers ? 'p.id,' : ''} p.version_id, p.ordinal, p.page, p.char_start, p.char_end, p.text, p.language, k.tsv::text, k.dl, k.config,
      (select jsonb_agg(v.model || v.embedding::text order by v.model) from passage_vector v where v.org_id = p.org_id and v.passage_id = p.id)) order by p.version_id, p.ordinal)
      from passage p left join passage_keyword k on k.passage_id = p.id where p.org_id = app.org_id()),
    'words', (select count(*) from passage_keyword where org_id = app.org_id()), 'vectors', (select count(*) from passage_vector where org_id = app.org_id()),
    'terms', (select jsonb_object_agg(lexeme, df) from kw_term where org_id = app.org_id() and df <> 0),
    'lengths', (select jsonb_object_agg(config, n || '/' || len) from kw_stat where org_id = app.org_id()),
    'tags', (select jsonb_agg(tag order by tag) from document_tag where org_id = app.org_id()))::text "all"`)
  return JSON.parse(row?.all ?? '') as unknown
})

async function heal(service: ReindexingService = reindexing, owner: TestOrg = org): Promise<{ found: Tally; healed: Tally }> {
  expect((await service.start(owner.owner)).started).toBe(true)
  expect(await service.step(beat, signal)).toEqual({ done: true })
  const { reindexing: row } = await service.latest(owner.owner)
  expect(row).toMatchObject({ stage: null, endedAt: expect.any(String) as string, looked: expect.any(Number) as number })
  await settled()
  return { found: named(row?.found), healed: named(row?.healed) }
}
const named = (tally: Tally = {}): Tally => Object.fromEntries(Object.entries(tally).filter(([, count]) => count > 0))

const long = (word: string): string => Array.from({ length: 400 }, (_, n) => `${word}${String.fromCharCode(97 + (n % 26))} wing.`).join(' ')

test('what is as it should be is left alone, to the last number', async () => {
  await add(['Annual report\n\nWings of birds.', long('feather'), ''], { name: 'birds.txt' })
  await add(['A informação é pública.'], { language: 'pt', name: 'aviso.txt' })
  await add(Array.from({ length: 60 }, (_, n) => `ACME internal\nPage ${n + 1} tells of gazebos.\n${n + 1}`), { mime: 'application/pdf' })
  await settled()
  const before = await held(org, true)
  expect(await heal()).toEqual({ found: {}, healed: {} })
  expect(await held(org, true)).toEqual(before)
})

test('damage of every kind is found and healed, a second time there is nothing left, and another organization keeps every row', async () => {
  const other = await createTestOrg(world.database)
  await add([long('apple'), 'Pears.'], { org: other })
  const first = await add(['Annual report\n\nWings of birds.', long('feather'), 'The tail.'], { name: 'birds.txt' })
  const second = await add(['Boats on a lake.', 'Ships at sea.'])
  const third = await add(['A lighthouse.'])
  await world.sql(org.system, `update document set tags = '{sea,to pay}' where id = '${second.documentId}'`)
  await settled()
  const [right, others] = [await held(org, false), await held(other, true)]

  // Passages: one lost, one of other text, one that no page holds, and all of a document.
  await world.sql(org.system, `delete from passage where version_id = '${first.versionId}' and page = 3`)
  await world.sql(org.system, `update passage set text = 'What never stood there.' where version_id = '${first.versionId}' and page = 1`)
  await world.sql(org.system, `insert into passage (org_id, document_id, version_id, ordinal, page, char_start, char_end, text, language)
    values ('${org.org.id}', '${first.documentId}', '${first.versionId}', 99999999, 9, 0, 5, 'Ghost', 'en')`)
  await world.sql(org.system, `delete from passage where document_id = '${third.documentId}'`)
  // Of an old version, as if search had never heard that it is old.
  await world.sql(org.system, `insert into passage (org_id, document_id, version_id, ordinal, page, char_start, char_end, text, language)
    values ('${org.org.id}', '${second.documentId}', '00000000-0000-7000-8000-00000000000a', 400000, 1, 0, 3, 'Old', 'en')`)
  // Words, vectors, tags.
  await world.sql(org.system, `delete from passage_keyword where version_id = '${second.versionId}' and passage_id = (select min(id) from passage where version_id = '${second.versionId}')`)
  await world.sql(org.system, `update passage_keyword set tsv = 'nonsense:1', dl = 9 where version_id = '${second.versionId}'`)
  await world.sql(org.system, `delete from passage_vector where version_id = '${second.versionId}'`)
  await world.sql(org.system, `delete from document_tag where tag = 'sea'`)
  await world.sql(org.system, `insert into document_tag (org_id, document_id, tag, created_at) values ('${org.org.id}', '${first.documentId}', 'ghost', now())`)
  await settled()
  await asAdmin(world.adminUrl, `update kw_term set df = df + 5 where org_id = '${org.org.id}' and lexeme = 'wing'`)
  await asAdmin(world.adminUrl, `delete from kw_term where org_id = '${org.org.id}' and lexeme = 'tail'`)
  await asAdmin(world.adminUrl, `insert into kw_term (org_id, lexeme, df) values ('${org.org.id}', 'ghostly', 3)`)
  await asAdmin(world.adminUrl, `update kw_stat set n = n + 7, len = 1 where org_id = '${org.org.id}'`)
  expect(await held(org, false)).not.toEqual(right)

  const { found, healed } = await heal()
  expect(found).toEqual({ stalePassages: 1, orphans: 4, tags: 2, passages: 4, words: 2, vectors: 5, frequencies: 4 })
  expect(healed).toEqual(found)
  expect(await held(org, false)).toEqual(right)
  expect(await heal()).toEqual({ found: {}, healed: {} })
  expect(await held(org, false)).toEqual(right)
  expect(await held(other, true)).toEqual(others)
  const answer = await world.search.query(org.owner, { query: 'lighthouse', mode: 'hybrid', limit: 5, filters: {} })
  expect(answer.hits[0]?.documentId).toBe(third.documentId)
})

test('what only reading again heals is told, and what is there of it stays', async () => {
  const lost = await add(['One page.', 'Another page.'])
  const waiting = await add(['A third document.'])
  await world.sql(org.system, `delete from page where version_id = '${lost.versionId}' and number = 2`)
  await world.sql(org.system, `update document set published_version_id = null where id = '${waiting.documentId}'`)
  const before = await held(org, true)
  expect(await heal()).toEqual({ found: { pages: 1, unpublished: 1 }, healed: {} })
  expect(await held(org, true)).toMatchObject({ passages: (before as { passages: unknown }).passages })
})

test('passages of the version that is being read are left to whoever reads it', async () => {
  const { documentId, versionId } = await add(['Wings.'])
  await world.sql(org.system, `update document_version set state = 'processing', attempt = 2 where id = '${versionId}'`)
  await world.sql(org.system, `update passage set text = 'half' where document_id = '${documentId}'`)
  expect(await heal()).toEqual({ found: {}, healed: {} })
})

test('it is begun once; a worker that ends leaves where it was, and the next one goes on there', async () => {
  for (let n = 0; n < 25; n += 1) await world.sql(org.system, `delete from passage where document_id = '${(await add([`Gazebo ${n}.`])).documentId}'`)
  expect(await reindexing.latest(org.owner)).toEqual({ reindexing: null })
  const [one, two] = await Promise.all([reindexing.start(org.owner), reindexing.start(org.owner)])
  expect(one.started).toBe(!two.started)
  expect(one.reindexing.id).toBe(two.reindexing.id)
  const stop = new AbortController()
  let beats = 0
  // Two beats a document and one before: within the second portion, after the first one was written down.
  const working = reindexing.step(() => { if ((beats += 1) === 45) stop.abort(new Error('the worker ends')) }, stop.signal)
  await expect(working).rejects.toThrow('the worker ends')
  expect((await reindexing.latest(org.owner)).reindexing).toMatchObject({ stage: 'documents', documents: 25, looked: 20, failures: 0, found: { passages: 20 } })
  expect(await reindexing.step(beat, signal)).toEqual({ done: true })
  const { reindexing: over } = await reindexing.latest(org.owner)
  expect(over).toMatchObject({ looked: 25, healed: { vectors: 25 } })
  expect(over?.found).toEqual(over?.healed)
  const said = await world.runInTx(org.system, (tx) => tx.$queryRaw`select action, subject_id "subject" from audit where action like 'search.reindex%' order by id`)
  expect(said).toEqual([{ action: 'search.reindex-started.v1', subject: one.reindexing.id }, { action: 'search.reindexed.v1', subject: one.reindexing.id }])
})

/** The same data behind other servers. */
function serviceOf(of: { embedder?: typeof wordEmbedder; keywordIndex?: ReturnType<typeof writerOf> }): ReindexingService {
  const unit = createUnitOfWork({ database: world.database, clock: systemClock, onCommit: () => undefined })
  const models = createModels({ runInTx: unit.runInTx, current: of.embedder ?? wordEmbedder, former: [] })
  return createReindexingService({
    ...unit, outbox: createOutbox(), clock: systemClock, log: createLog({ level: 'silent', name: 'test' }), models, fold: world.search.fold, keywordIndex: of.keywordIndex ?? null,
  })
}

test('while the model is away its step is tried again, and other organizations do not wait for it', async () => {
  const other = await createTestOrg(world.database)
  await add(['Lanterns.'])
  await world.sql(org.system, 'delete from passage_vector')
  let away = true
  const service = serviceOf({ embedder: { ...wordEmbedder, embed: (texts, kind) => (away ? Promise.reject(new EmbeddingError('unavailable', 'away')) : wordEmbedder.embed(texts, kind)) } })
  await service.start(org.owner)
  await service.start(other.owner)
  await expect(service.step(beat, signal)).rejects.toThrow(EmbeddingError)
  expect((await service.latest(other.owner)).reindexing?.endedAt).not.toBeNull()
  expect((await service.latest(org.owner)).reindexing).toMatchObject({ stage: 'vectors', failures: expect.any(Number) as number, found: { vectors: 0 } })
  away = false
  expect(await service.step(beat, signal)).toEqual({ done: true })
  expect((await service.latest(org.owner)).reindexing).toMatchObject({ stage: null, failures: 0, healed: { vectors: 1 } })
})

test('a passage that the model does not take is told as found and not as healed, and the pass comes to its end', async () => {
  await add(['Lanterns.'])
  await add(['Poisonous lanterns.'])
  await world.sql(org.system, 'delete from passage_vector')
  const picky = { ...wordEmbedder, embed: (texts: string[], kind: 'passage' | 'query') =>
    (texts.some((text) => text.includes('Poisonous')) ? Promise.reject(new EmbeddingError('refused', 'answered 400')) : wordEmbedder.embed(texts, kind)) }
  const service = serviceOf({ embedder: picky })
  expect(await heal(service)).toEqual({ found: { vectors: 2 }, healed: { vectors: 1 } })
  expect(await heal(service)).toEqual({ found: {}, healed: {} })
})

test('frequencies are exact however much is written and added up meanwhile', async () => {
  await add(['Wings and wings and tails.'])
  await settled()
  await asAdmin(world.adminUrl, `update kw_term set df = 40 where org_id = '${org.org.id}'`)
  await asAdmin(world.adminUrl, `update kw_stat set n = 40 where org_id = '${org.org.id}'`)
  const writing = Promise.all([0, 1, 2].map(async (n) => {
    for (let at = 0; at < 6; at += 1) await add([`Wings of number ${n} and ${at}, kites.`])
    await settled()
  }))
  await Promise.all([writing, heal()])
  await settled()
  const rows = await world.runInTx(org.system, (tx) => tx.$queryRaw`
    select coalesce(t.lexeme, k.l) lexeme, t.df said, k.df is_so from (select * from kw_term where org_id = app.org_id() and df <> 0) t
    full join (select l, count(*)::int df from passage_keyword, unnest(tsvector_to_array(tsv)) l where org_id = app.org_id() group by l) k on k.l = t.lexeme
    where t.df is distinct from k.df union all
    select config, n::int, (select count(*)::int from passage_keyword where org_id = app.org_id()) from kw_stat
    where org_id = app.org_id() and n <> (select count(*) from passage_keyword where org_id = app.org_id())`)
  expect(rows).toEqual([])
})

test('entries of Meilisearch that are missing, too many, or other than they should be are written again', async () => {
  const memory = createMemoryMeilisearch()
  const writer = writerOf(world, memory)
  const other = await createTestOrg(world.database)
  const [gone, changed, surplus, right, theirs] = [await add(['Wings.']), await add(['Tails.']), await add(['Beaks.']), await add(['Claws.']), await add(['Nests.'], { org: other })]
  const service = serviceOf({ keywordIndex: writer })
  // Nothing serves yet: all of it is still to be built.
  expect(await heal(service)).toEqual({ found: {}, healed: {} })
  await writer.work(signal)
  const kept = memory.indexes.get('passages')?.entries ?? new Map<string, never>()
  const idOf = (documentId: string) => [...kept.values()].find(({ doc }) => doc === documentId)?.id ?? ''
  const before = structuredClone([...kept.values()])
  const entryOf = (documentId: string) => kept.get(idOf(documentId)) as never as object
  kept.delete(idOf(gone.documentId))
  kept.set(idOf(changed.documentId), { ...entryOf(changed.documentId), readers: [] } as never)
  kept.set('777', { ...entryOf(surplus.documentId), id: '777' } as never)
  const nobodys = { ...entryOf(right.documentId), id: '778', doc: newId() }
  kept.set('778', nobodys as never)
  kept.delete(idOf(theirs.documentId))
  expect(await heal(service)).toEqual({ found: { entries: 4 }, healed: { entries: 4 } })
  // What waits for the writer is no longer missing.
  expect(await heal(service)).toEqual({ found: {}, healed: {} })
  expect(await writer.work(signal)).toBe(4)
  const plain = (entries: unknown) => (entries as { id: string; version: number }[]).map((entry) => ({ ...entry, version: 0 })).toSorted((a, b) => a.id.localeCompare(b.id))
  // Another organization's is its own matter.
  expect(plain([...kept.values()])).toEqual(plain(before.filter(({ doc }) => doc !== theirs.documentId)))
  expect(idOf(right.documentId)).not.toBe('')
  expect(await heal(service)).toEqual({ found: {}, healed: {} })
})
