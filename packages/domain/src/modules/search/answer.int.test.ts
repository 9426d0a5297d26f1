import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { createLog, newId, type Actor } from '@intellidocs/kernel'
import { asAdmin, createTestOrg, type TestOrg } from '@intellidocs/testing'
import { createFacets } from './facets.ts'
import { listDocuments } from './list.ts'
import type { TextBudget } from './query/exact.ts'
import type { Listed } from './search.repository.ts'
import { searchWorld, wordEmbedder, type SearchWorld } from './search.testkit.ts'

let world: SearchWorld
let org: TestOrg
const ids: Record<string, string> = {}
let board: string
let hidden: string

const ask = (actor: Actor, input: Record<string, unknown>) => world.search.query(actor, searchContract.searchQuery.input.parse({ limit: 100, ...input }))
const names = async (input: Record<string, unknown>, actor: Actor = org.viewer) => (await ask(actor, input)).hits.map((hit) => hit.name)

beforeAll(async () => {
  world = await searchWorld()
  org = await createTestOrg(world.database, 'Answer')
  ;[board, hidden] = [newId(), newId()]
  for (const [id, name, visibility] of [[board, 'Board', 'org'], [hidden, 'Hidden', 'restricted']]) {
    await world.sql(org.system, `insert into folder (id, org_id, name, visibility, created_by) values ('${id}', '${org.org.id}', '${name}', '${visibility}', '${org.owner.userId}')`)
  }
  const add = async (name: string, text: string, [mime, created, tags, more]: [string, string, string, string?], readers?: string[]) => {
    const { documentId, versionId } = await world.add({ org, name, text, ...(readers === undefined ? {} : { readers }) })
    ids[name] = documentId
    await world.sql(org.system, `update document set created_at = '${created}', tags = '${tags}' ${more ?? ''} where id = '${documentId}'`)
    await world.sql(org.system, `update document_version set mime = '${mime}' where id = '${versionId}'`)
  }
  await add('old.docx', 'The capstan, the capstan, the capstan.', ['application/msword', '2024-05-01', '{deck}', `, folder_id = '${board}'`])
  await add('middle.pdf', 'A capstan.', ['application/pdf', '2025-05-01', '{deck,iron}', `, folder_id = '${board}', owner_id = '${org.editor.userId}'`])
  await add('new.odt', 'What a capstan is for, told at length, with all its uses on ships and quays.', ['application/vnd.oasis.opendocument.text', '2026-05-01', '{}'])
  await add('other.txt', 'A boat without any.', ['text/plain', '2026-06-01', '{boat}'])
  await add('secret.pdf', 'The secret capstan.', ['application/pdf', '2023-05-01', '{secret}'], [`user:${org.owner.userId}`])
  await add('granted.pdf', 'The capstan of a folder that is not shown.', ['application/pdf', '2025-06-01', '{}', `, folder_id = '${hidden}'`], [`user:${org.viewer.userId}`])
  await world.search.fold()
})
afterAll(() => world.close())

describe('by date', () => {
  test.each(['keyword', 'hybrid'])('%s: what holds a word, the newest or the oldest first, in pages too', async (mode) => {
    const newest = ['new.odt', 'granted.pdf', 'middle.pdf', 'old.docx']
    expect(await names({ query: 'capstan', mode, sort: 'newest' })).toEqual(newest)
    expect(await names({ query: 'capstan', mode, sort: 'oldest' })).toEqual(newest.toReversed())
    const first = await ask(org.viewer, { query: 'capstan', mode, sort: 'newest', limit: 3 })
    const second = await ask(org.viewer, { query: 'capstan', mode, sort: 'newest', limit: 3, cursor: first.nextCursor })
    expect([...first.hits, ...second.hits].map((hit) => hit.name)).toEqual(newest)
    await expect(ask(org.viewer, { query: 'capstan', mode, sort: 'oldest', limit: 3, cursor: first.nextCursor })).rejects.toMatchObject({ code: 'input.cursor' })
  })

  test('the newest of more than are ranked, with the passage in which the words stand', async () => {
    const many = await createTestOrg(world.database, 'Many')
    const filler = 'Of many other things that live in the woods of the south. '.repeat(12)
    for (let n = 0; n < 303; n += 1) await world.add({ org: many, name: `${n}.txt`, text: 'A yearly budget, the budget, this budget.' })
    await world.add({ org: many, name: 'newest.txt', text: [filler, `${filler} A yearly budget at night.`, 'The yearly walk.'] })
    await world.add({ org: many, name: 'hidden.txt', text: 'A yearly budget.', readers: [`user:${many.owner.userId}`] })
    await world.sql(many.system, `update document set created_at = created_at + interval '1 day' where name in ('newest.txt', 'hidden.txt')`)
    await world.search.fold()
    for (const [mode, query] of [['keyword', 'budget'], ['hybrid', 'budget'], ['hybrid', '"yearly budget"'], ['keyword', 'budget -walks']]) {
      const first = await ask(many.viewer, { query, mode, sort: 'newest', limit: 2 })
      const second = await ask(many.viewer, { query, mode, sort: 'newest', limit: 2, cursor: first.nextCursor })
      expect([...first.hits, ...second.hits].map((hit) => hit.name), `${mode} ${query}`).toEqual(['newest.txt', '302.txt', '301.txt', '300.txt'])
      expect(first.hits[0]?.page).toBe(2)
      expect(first.hits[0]?.meaningScore === null).toBe(mode === 'keyword')
      expect(first.missing).toEqual([])
    }
    for (const ranked of [{ query: '"yearly budget"' }, { query: 'budget', mode: 'meaning' }, { query: 'budget -walks' }]) {
      expect((await ask(many.viewer, { ...ranked, limit: 1, facets: ['type'] })).facets, ranked.query).toMatchObject({ documents: 300, more: true })
    }
    expect((await ask(many.viewer, { query: 'budget', limit: 1, facets: ['type'] })).facets).toMatchObject({ documents: 304, more: false })
    const scope = { principals: many.viewer.principals, filters: {} }
    const list = (after: Listed | null, budget: TextBudget) => world.runInTx(many.viewer, (tx) =>
      listDocuments(tx, scope, { exactly: { phrases: [], without: ['budget'] }, held: null, oldest: false, after, limit: 1, budget }), { readOnly: true })
    const early = await list(null, { left: 1, until: Infinity })
    expect(early).toMatchObject({ documents: [], next: { at: expect.any(String) } })
    expect(await list(early.next, { left: 1000, until: Infinity })).toEqual({ documents: [], next: null })
    expect((await ask(many.viewer, { query: 'budget -walk', sort: 'newest', limit: 1 })).hits.map((hit) => hit.name)).toEqual(['302.txt'])
  }, 120_000)

  test('a list without words begins at either end', async () => {
    const newest = await names({ query: '-tag:none' })
    expect(newest).toEqual(['other.txt', 'new.odt', 'granted.pdf', 'middle.pdf', 'old.docx'])
    expect(await names({ query: '-tag:none', sort: 'oldest' })).toEqual(newest.toReversed())
  })
})

describe('facets', () => {
  const all = ['type', 'tag', 'folder', 'language', 'owner', 'year']
  const facetsOf = async (input: Record<string, unknown>, actor: Actor = org.viewer) => (await ask(actor, { mode: 'keyword', limit: 1, facets: all, ...input })).facets

  test.each(['keyword', 'hybrid'])('%s: they count what holds a word and may be read, however few hits are shown', async (mode) => {
    expect(await facetsOf({ query: 'capstan', mode })).toEqual({
      documents: 4, more: false,
      counts: {
        type: [{ value: 'document', label: null, documents: 2 }, { value: 'pdf', label: null, documents: 2 }],
        tag: [{ value: 'deck', label: null, documents: 2 }, { value: 'iron', label: null, documents: 1 }],
        folder: [{ value: board, label: 'Board', documents: 2 }],
        language: [{ value: 'en', label: null, documents: 4 }],
        owner: [{ value: org.owner.userId, label: 'Answer owner', documents: 3 }, { value: org.editor.userId, label: 'Answer editor', documents: 1 }],
        year: [{ value: '2025', label: null, documents: 2 }, { value: '2024', label: null, documents: 1 }, { value: '2026', label: null, documents: 1 }],
      },
    })
  })

  test('each reader has counts of their own; a folder or a member that is not shown has no name', async () => {
    expect((await facetsOf({ query: 'capstan' }, org.owner))?.counts.tag).toContainEqual({ value: 'secret', label: null, documents: 1 })
    expect(await facetsOf({ query: 'capstan' }, org.guest)).toMatchObject({ documents: 0, counts: { tag: [], owner: [] } })
    const blind: Actor = { ...org.viewer, permissions: new Set(['search:read', 'documents:read']) }
    expect((await facetsOf({ query: 'capstan' }, blind))?.counts.owner?.map((owner) => owner.label)).toEqual([null, null])
    expect(JSON.stringify(await facetsOf({ query: 'capstan' }))).not.toContain(hidden)
  })

  test('what they count is what the operators leave, each value being one that its filter takes', async () => {
    expect((await facetsOf({ query: 'capstan type:pdf' }))?.documents).toBe(2)
    expect((await facetsOf({ query: '"the capstan"' }))?.documents).toBe(2)
    expect((await facetsOf({ query: 'capstan -secret -quays' }))?.documents).toBe(3)
    expect((await facetsOf({ query: '-tag:deck' }))?.documents).toBe(3)
    expect((await facetsOf({ query: '-tag:deck -boat' }))?.documents).toBe(2)
    expect((await facetsOf({ query: 'capstan', mode: 'meaning' }))?.documents).toBe(5)
    const filters = { type: 'type', tag: 'tag', folder: 'folder', language: 'language', owner: 'owner', year: 'created' } as const
    for (const [facet, values] of Object.entries((await facetsOf({ query: 'capstan' }))?.counts ?? {})) {
      for (const { value, documents } of values) {
        expect(await names({ query: `capstan ${filters[facet as keyof typeof filters]}:${value}`, mode: 'keyword' }), value).toHaveLength(documents)
      }
    }
  })

  test('finding out which documents are counted belongs to what the answer can do without', async () => {
    const count = createFacets({ runInTx: world.runInTx, log: createLog({ level: 'silent', name: 'facets-test' }) })
    const scope = { principals: org.viewer.principals, filters: {} }
    expect(await count(org.viewer, scope, { names: ['type'], counted: () => Promise.reject(new Error('late')) })).toBeNull()
  })

  test('only those that were asked for are counted; without a way to count them the answer does without', async () => {
    expect(await ask(org.viewer, { query: 'capstan' })).toMatchObject({ facets: null })
    expect(Object.keys((await facetsOf({ query: 'capstan', facets: ['tag'] }))?.counts ?? {})).toEqual(['tag'])
    await asAdmin(world.adminUrl, 'alter table passage_keyword rename to kw_gone')
    try {
      expect(await ask(org.viewer, { query: 'capstan', facets: ['tag'], mode: 'keyword' })).toMatchObject({ degraded: true, facets: { documents: 5 } })
    } finally {
      await asAdmin(world.adminUrl, 'alter table kw_gone rename to passage_keyword')
    }
  })
})

describe('what is shown of a hit', () => {
  test('the part of the passage in which the words stand', async () => {
    const filler = 'Of ropes and of sails much was said before that evening came. '.repeat(20)
    await world.add({ org, name: 'long.txt', text: `${filler} Then the bollard broke and the hawser flew. ${filler}` })
    const [hit] = (await ask(org.viewer, { query: 'bollard hawser', mode: 'keyword' })).hits
    expect(hit?.passage.slice(hit.snippet.start, hit.snippet.end)).toMatch(/the bollard broke and the hawser flew/u)
    expect(hit?.passage.length).toBeGreaterThan(hit?.snippet.end ?? 0)
    for (const { start, end } of hit?.highlights ?? []) expect([start >= (hit?.snippet.start ?? 0), end <= (hit?.snippet.end ?? 0)]).toEqual([true, true])
  })

  test('of what meaning alone has found, the sentence that comes nearest to it', async () => {
    await world.add({ org, name: 'sentences.txt', text: 'Nothing of it here. The oakum is picked by hand. Another thing altogether.' })
    const hit = (await ask(org.viewer, { query: 'oakumery', mode: 'hybrid' })).hits.find(({ name }) => name === 'sentences.txt')
    expect(hit?.why).toEqual({ words: [], meaning: true, sentence: true })
    expect(hit?.highlights.map(({ start, end }) => hit.passage.slice(start, end))).toEqual(['The oakum is picked by hand.'])
    const kinds = new Set<string>()
    const waitedFor = world.withEmbedder({ ...wordEmbedder, embed: (texts, kind) => { kinds.add(kind); return wordEmbedder.embed(texts, kind) } })
    const { hits } = await waitedFor.query(org.viewer, searchContract.searchQuery.input.parse({ query: 'oakumery', mode: 'hybrid' }))
    expect([hits.find(({ name }) => name === 'sentences.txt')?.why.sentence, ...kinds]).toEqual([true, 'query'])
    const byWord = (await ask(org.viewer, { query: 'oakum', mode: 'hybrid' })).hits.find(({ name }) => name === 'sentences.txt')
    expect(byWord).toMatchObject({ why: { words: ['oakum'], sentence: false } })
    expect(byWord?.highlights.map(({ start, end }) => byWord.passage.slice(start, end))).toEqual(['oakum'])
  })
})
