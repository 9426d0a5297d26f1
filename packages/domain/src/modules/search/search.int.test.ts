import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { EmbeddingError, type Embedder } from '@intellidocs/embedding'
import { newId, type Actor } from '@intellidocs/kernel'
import { asAdmin, createTestOrg, type TestOrg } from '@intellidocs/testing'
import { find } from './find.ts'
import type { SearchModule } from './index.ts'
import { CANDIDATES } from './legs.ts'
import { searchWorld, wordEmbedder, type SearchWorld } from './search.testkit.ts'

let world: SearchWorld
beforeAll(async () => { world = await searchWorld() })
afterAll(() => world.close())

type Asked = { query: string; mode?: 'hybrid' | 'keyword' | 'meaning'; limit?: number; cursor?: string; filters?: Record<string, string> }
const ask = (actor: Actor, input: Asked, module: SearchModule = world.search) => module.query(actor, searchContract.searchQuery.input.parse(input))
const idsOf = async (actor: Actor, input: Asked, module?: SearchModule) => (await ask(actor, input, module)).hits.map((h) => h.documentId as string)

test('what was published before it was sent to the scanner is found by nobody until that found nothing', async () => {
  const org = await createTestOrg(world.database)
  const { documentId, versionId } = await world.add({ org, text: 'The quarantined kestrel nests beside the tide table.' })
  await world.search.fold()
  const found = async () => [await idsOf(org.viewer, { query: 'kestrel', mode: 'keyword' }), await idsOf(org.viewer, { query: 'kestrel', mode: 'meaning' })]
  const scanIs = (scan: string) => world.sql(org.system, `update document_version set scan = '${scan}' where id = '${versionId}'`)
  expect(await found()).toEqual([[documentId], [documentId]])
  for (const scan of ['waiting', 'infected']) {
    await scanIs(scan)
    expect(await found(), scan).toEqual([[], []])
  }
  await scanIs('clean')
  expect(await found()).toEqual([[documentId], [documentId]])
})

describe('words', () => {
  test('scores are BM25 over the passages, exact where a word occurs once and within 6 % above', async () => {
    const org = await createTestOrg(world.database)
    const texts = ['lift drag wing', 'wing wing wing flutter', 'drag of a long body in a wind tunnel', 'flutter', 'heat transfer in a slab of copper and lead']
    const documents = new Map<string, string>()
    for (const text of texts) documents.set((await world.add({ org, text, name: 'title.txt', language: null })).documentId, `title title ${text}`)
    await world.search.fold()
    const found = await world.legs.keyword(org.viewer, { principals: org.viewer.principals, filters: {} }, 'wing drag flutter')
    expect(found?.candidates).toHaveLength(4)
    const exact = bm25([...documents.values()], ['wing', 'drag', 'flutter'])
    for (const { documentId, keyword } of found?.candidates ?? []) {
      const text = documents.get(documentId) ?? ''
      expect((keyword ?? 0) / (exact.get(text) ?? 0)).toBeGreaterThan(0.9999)
      expect((keyword ?? 0) / (exact.get(text) ?? 0)).toBeLessThan(text.includes('wing wing') ? 1.06 : 1.0001)
    }
  })

  test('a word is found by its stem, marked where it stands, and named in `why`', async () => {
    const { documentId } = await world.add({ text: ['First page.', '😀 The heated wings were oscillating.'], name: 'x.txt' })
    const hit = (await ask(world.org.viewer, { query: 'oscillation wing', mode: 'keyword' })).hits.find((h) => h.documentId === documentId)
    expect(hit?.page).toBe(2)
    expect(hit?.highlights.map(({ start, end }) => hit.passage.slice(start, end))).toEqual(['wings', 'oscillating'])
    expect(hit?.why.words.toSorted()).toEqual(['oscillation', 'wing'])
    expect('😀 The heated wings were oscillating.'.slice(hit?.span.start, hit?.span.end)).toBe(hit?.passage)
  })

  test('Portuguese is found with and without its accents, in the singular and the plural', async () => {
    const { documentId } = await world.add({ text: 'As informações sobre a poluição do mar são antigas.', name: 'mar.txt', language: 'pt' })
    for (const query of ['informação', 'informacao', 'INFORMAÇÕES', 'poluicao', 'poluição do mar']) {
      expect(await idsOf(world.org.viewer, { query, mode: 'keyword' }), query).toContain(documentId)
    }
    const { hits } = await ask(world.org.viewer, { query: 'informacoes', mode: 'keyword' })
    expect(hits.flatMap((h) => h.highlights.map(({ start, end }) => h.passage.slice(start, end)))).toEqual(['informações'])
  })

  test('a query of nothing but stop words still finds the passages that hold them', async () => {
    const { documentId } = await world.add({ text: 'Who are they?', name: 'y.txt' })
    expect(await idsOf(world.org.viewer, { query: 'who are they', mode: 'keyword' })).toContain(documentId)
  })

  test.each(['"', "'", '\\', '!&|():*<->', '%_', '((((', "a' | 'b", '-', '\u0000x', '😀'])('the query %j is no syntax and no error', async (query) => {
    const answer = await ask(world.org.viewer, { query })
    expect(answer.missing).toEqual([])
  })

  test('a word that the caller reads is found among any number that nobody, or only others, can read', async () => {
    const org = await createTestOrg(world.database)
    const letters = (n: number) => `qz${String.fromCharCode(97 + (n % 26))}${String.fromCharCode(97 + Math.floor(n / 26))}xw`
    const words = (from: number) => Array.from({ length: 70 }, (_, n) => letters(from + n)).join(' ')
    const { documentId } = await world.add({ org, text: 'A harbour with lamps.' })
    await world.add({ org, text: 'Another harbour.', readers: [`user:${org.owner.userId}`] })
    await world.add({ org, text: words(100), readers: [`user:${org.owner.userId}`] })
    await world.search.fold()
    for (const others of [words(0), words(100)]) expect(await idsOf(org.viewer, { query: `${others} harbour`, mode: 'keyword' })).toEqual([documentId])
  })

  test('a query of 2,000 characters is answered', async () => {
    expect((await ask(world.org.viewer, { query: Array.from({ length: 330 }, (_, i) => `w${i}`).join(' ').slice(0, 2000) })).missing).toEqual([])
  })
})

/** The textbook's sum with k1 1.2, b 0.75, a document's length being its count of distinct words. */
function bm25(texts: readonly string[], query: readonly string[]): Map<string, number> {
  const bags = texts.map((t) => t.split(' '))
  const average = bags.reduce((sum, bag) => sum + new Set(bag).size, 0) / bags.length
  return new Map(bags.map((bag, i) => [texts[i] ?? '', query.reduce((sum, word) => {
    const df = bags.filter((b) => b.includes(word)).length
    const tf = bag.filter((w) => w === word).length
    const idf = Math.log(1 + (bags.length - df + 0.5) / (df + 0.5))
    return sum + (idf * 2.2 * tf) / (tf + 1.2 * (0.25 + (0.75 * new Set(bag).size) / average))
  }, 0)]))
}

describe('who sees what', () => {
  let other: TestOrg
  let shown: string
  beforeAll(async () => {
    other = await createTestOrg(world.database, 'Other')
    shown = (await world.add({ text: 'The quaternion is shown.', name: 'a.txt' })).documentId
    await world.add({ text: 'The quaternion of another organization.', org: other })
    await world.add({ text: 'The quaternion nobody may read.', readers: [`user:${world.org.owner.userId}`] })
    await world.add({ text: 'The quaternion not yet published.', publish: false })
    const trashed = await world.add({ text: 'The quaternion in the bin.' })
    await world.sql(world.org.system, `update document set lifecycle = 'trashed' where id = '${trashed.documentId}'`)
  })
  const modes = ['keyword', 'meaning', 'hybrid'] as const
  const quaternions = async (actor: Actor, mode: (typeof modes)[number]) =>
    (await ask(actor, { query: 'quaternion', mode, limit: 100 })).hits.filter((h) => h.passage.includes('quaternion')).map((h) => h.documentId as string)

  test.each(modes)('%s: another organization, a non-reader, the bin and the unpublished never appear', async (mode) => {
    expect(await quaternions(world.org.viewer, mode)).toEqual([shown])
    expect(await quaternions(world.org.owner, mode)).toHaveLength(2)
    expect(await quaternions(world.org.guest, mode)).toEqual([])
  })

  test.each(modes)('%s: a passage is the text of a document, and not for a key that may search only', async (mode) => {
    const key: Actor = { ...world.org.owner, kind: 'apiKey', permissions: new Set(['search:read']) }
    await expect(quaternions(key, mode)).rejects.toMatchObject({ code: 'auth.forbidden', details: { permission: 'documents:read' } })
  })

  test.each(modes)('%s: an actor who forges another organization as a principal gets nothing of it', async (mode) => {
    const forger: Actor = { ...world.org.guest, principals: [`org:${other.org.id}`, ...other.owner.principals] }
    expect(await quaternions(forger, mode)).toEqual([])
  })

  test.each(modes)('%s: with row-level security off, readers alone still hold', async (mode) => {
    const tables = ['passage', 'passage_keyword', 'passage_vector', 'document', 'document_version', 'document_reader', 'kw_stat', 'kw_term', 'kw_delta']
    await asAdmin(world.adminUrl, tables.map((t) => `alter table ${t} disable row level security`).join(';'))
    try {
      expect(await quaternions(world.org.viewer, mode)).toEqual([shown])
    } finally {
      await asAdmin(world.adminUrl, tables.map((t) => `alter table ${t} enable row level security`).join(';'))
    }
  })

  test('filters narrow every mode', async () => {
    const english = await world.add({ text: 'zeppelin one', language: 'en' })
    const german = await world.add({ text: 'zeppelin zwei', language: 'de' })
    for (const mode of modes) {
      const found = await idsOf(world.org.viewer, { query: 'zeppelin', mode, limit: 100, filters: { language: 'de' } })
      expect(found, mode).toEqual([german.documentId])
      expect(await idsOf(world.org.viewer, { query: 'zeppelin', mode, filters: { mime: 'image/png' } })).toEqual([])
      expect(await idsOf(world.org.viewer, { query: 'zeppelin', mode, filters: { createdAfter: '2100-01-01T00:00:00Z' } })).toEqual([])
      expect(await idsOf(world.org.viewer, { query: 'zeppelin', mode, limit: 100, filters: { createdBefore: '2100-01-01T00:00:00Z' } })).toContain(english.documentId)
    }
  })

  test('a folder filter holds its subfolders and nothing beside them', async () => {
    const [top, below, beside] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
    const folder = (id: string, parent: string | null) => world.sql(world.org.system, `insert into folder (id, org_id, parent_id, name, created_by)
      values ('${id}', '${world.org.org.id}', ${parent === null ? 'null' : `'${parent}'`}, '${id}', '${world.org.owner.userId}')`)
    await folder(top, null)
    await folder(below, top)
    await folder(beside, null)
    const [inside, outside] = [await world.add({ text: 'dirigible' }), await world.add({ text: 'dirigible' })]
    await world.sql(world.org.system, `update document set folder_id = '${below}' where id = '${inside.documentId}'`)
    await world.sql(world.org.system, `update document set folder_id = '${beside}' where id = '${outside.documentId}'`)
    for (const mode of modes) {
      expect(await idsOf(world.org.viewer, { query: 'dirigible', mode, filters: { folderId: top } })).toEqual([inside.documentId])
    }
  })

  test('an answer says nothing of how often a word occurs in what the caller may not read', async () => {
    const many = Array.from({ length: 70 }, (_, n) => `w${n}`).join(' ')
    const answers = async (hidden: readonly string[]) => {
      const org = await createTestOrg(world.database)
      await world.add({ org, name: 'one.txt', text: 'The acquisition of a gazebo, a gazebo.' })
      await world.add({ org, name: 'two.txt', text: 'A gazebo alone.' })
      await world.add({ org, name: 'many.txt', text: many })
      for (const text of hidden) for (let n = 0; n < 4; n += 1) await world.add({ org, text, readers: [`user:${org.owner.userId}`] })
      await world.search.fold()
      const asked = [['acquisition'], ['gazebo acquisition', 1], ['gazebo acquisition', 2], [many]] as const
      return Promise.all(asked.flatMap(([query, limit = 10]) => (['keyword', 'hybrid'] as const).map(async (mode) => {
        const { hits, missing, degraded } = await ask(org.viewer, { query, mode, limit })
        return { missing, degraded, hits: hits.map(({ documentId: _, versionId: _of, ...hit }) => hit) }
      })))
    }
    const quiet = await answers(['of other things'])
    expect(quiet.filter((_, at) => at % 2 === 0).map(({ hits }) => hits.length), 'by words').toEqual([1, 1, 2, 1])
    expect(quiet[4]?.hits.map(({ name, score, why }) => [name, score, why.words])).toEqual([['one.txt', 1, ['gazebo', 'acquisition']], ['two.txt', 0.5, ['gazebo']]])
    expect(await answers(['An acquisition.', 'w3 and w4, our acquisition of w69'])).toEqual(quiet)
  })
})

describe('paging', () => {
  test('pages of any size are cut from one ranking: nothing twice, nothing left out', async () => {
    const org = await createTestOrg(world.database)
    for (let i = 0; i < 25; i++) await world.add({ org, text: `airship number ${i} ${'filler '.repeat(i)}`, name: `${i}.txt` })
    for (const mode of ['keyword', 'meaning', 'hybrid'] as const) {
      const whole = await idsOf(org.viewer, { query: 'airship filler', mode, limit: 100 })
      expect(whole).toHaveLength(25)
      const paged: string[] = []
      for (let cursor: string | undefined; ;) {
        const answer = await ask(org.viewer, { query: 'airship filler', mode, limit: 4, ...(cursor === undefined ? {} : { cursor }) })
        paged.push(...answer.hits.map((h) => h.documentId))
        if (answer.nextCursor === null) break
        cursor = answer.nextCursor
      }
      expect(paged).toEqual(whole)
    }
  })

  test('a cursor of another query is refused', async () => {
    const org = await createTestOrg(world.database)
    for (const name of ['a.txt', 'b.txt']) await world.add({ org, text: 'balloon', name })
    const { nextCursor } = await ask(org.viewer, { query: 'balloon', limit: 1 })
    await expect(ask(org.viewer, { query: 'balloons', limit: 1, cursor: nextCursor ?? '' })).rejects.toMatchObject({ code: 'input.cursor' })
    await expect(ask(org.viewer, { query: 'balloon', limit: 1, cursor: 'junk' })).rejects.toMatchObject({ code: 'input.cursor' })
  })
})

describe('a leg that is away', () => {
  const broken: Embedder = { ...wordEmbedder, embed: () => Promise.reject(new EmbeddingError('unavailable', 'away')) }

  test.each([['throws', broken, 'theodolite'], ['is absent', null, 'astrolabe']])('when the model %s, words answer and the answer says so', async (_, embedder, word) => {
    const { documentId } = await world.add({ text: `A ${word} was used.`, name: 'z.txt' })
    const module = world.withEmbedder(embedder)
    for (const mode of ['hybrid', 'meaning'] as const) {
      const answer = await ask(world.org.viewer, { query: word, mode }, module)
      expect(answer.hits.map((h) => h.documentId)).toEqual([documentId])
      expect(answer).toMatchObject({ degraded: true, missing: ['meaning'] })
      expect(answer.hits[0]).toMatchObject({ meaningScore: null, why: { words: [word], meaning: false } })
    }
    expect(await ask(world.org.viewer, { query: word, mode: 'keyword' }, module)).toMatchObject({ degraded: false, missing: [] })
  })

  test.each(['kw_term', 'passage_keyword'])('when the words do not answer because %s is away, meaning does', async (table) => {
    const { documentId } = await world.add({ text: 'A sextant was used.', name: 'z.txt' })
    await asAdmin(world.adminUrl, `alter table ${table} rename to kw_gone`)
    try {
      for (const mode of ['hybrid', 'keyword'] as const) {
        const answer = await ask(world.org.viewer, { query: 'sextant used', mode })
        expect(answer).toMatchObject({ degraded: true, missing: ['keyword'] })
        expect(answer.hits.map((h) => h.documentId)).toContain(documentId)
      }
    } finally {
      await asAdmin(world.adminUrl, `alter table kw_gone rename to ${table}`)
    }
  })

  const legsOf = (other: Partial<SearchWorld['legs']>) => ({ ...world.legs, ...other })
  const asked = (text: string, without: string[] = []) => ({ text, without, scope: { principals: world.org.viewer.principals, filters: {} } })

  test('a leg that cannot score what the other found is missing', async () => {
    await world.add({ text: 'An octant was used.', name: 'z.txt' })
    await world.search.fold()
    const vector = { model: 'test:letters', literal: '[broken', size: 384 as const }
    const broken = legsOf({ meant: () => Promise.resolve({ vector }), meaning: () => Promise.resolve({ candidates: [], vector }) })
    expect(await find(broken, world.org.viewer, asked('octant'), 'hybrid')).toMatchObject({ missing: ['meaning'], ranking: [{ meaning: null }] })
    // Nor is a passage asked about again that was found to have no vector.
    const without = legsOf({ cosines: () => Promise.resolve([]), meaning: (_, __, meant) => Promise.resolve({ candidates: [], ...meant }) })
    expect(await find(without, world.org.viewer, asked('octant'), 'hybrid')).toMatchObject({ missing: [], ranking: [{ meaning: null }] })
  })

  test('what is missing in the second look, behind what must not be there, is said', async () => {
    const candidates = Array.from({ length: CANDIDATES }, (_, n) => ({ passageId: `${n}`, documentId: newId(), keyword: 1, meaning: null, inLanguage: false }))
    const legs = legsOf({
      keyword: (_, { filters }) => Promise.resolve(filters.without === undefined ? { candidates, terms: [], words: [], plan: null } : null),
      exact: (_, __, found) => Promise.resolve(found.candidates.slice(1)), forms: () => Promise.resolve(`'draft'`),
    })
    expect((await find(legs, world.org.viewer, asked('sextant', ['draft']), 'keyword')).missing).toEqual(['keyword'])
    const unread = legsOf({ ...legs, keyword: () => Promise.resolve({ candidates, terms: [], words: [], plan: null }), exact: (_, { filters }, found) => Promise.resolve(filters.without === undefined ? found.candidates.slice(1) : null) })
    expect((await find(unread, world.org.viewer, asked('sextant', ['draft']), 'keyword')).missing).toEqual(['keyword'])
  })
})
