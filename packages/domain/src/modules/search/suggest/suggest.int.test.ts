import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { createLog, newId, systemClock, type Actor } from '@intellidocs/kernel'
import { asAdmin, createTestOrg, type TestOrg } from '@intellidocs/testing'
import { createCircuitBreaker } from '../meilisearch/circuit-breaker.ts'
import type { SearchClient } from '../meilisearch/client.ts'
import { MeilisearchFailure } from '../meilisearch/failure.ts'
import { createMemoryMeilisearch, writerOf } from '../meilisearch/memory-meilisearch.testkit.ts'
import { PASSAGES_INDEX } from '../meilisearch/settings.ts'
import { createMeilisearchWords } from '../meilisearch/words.ts'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'
import { createSuggestService } from './suggest.service.ts'
import { postgresWords, type WordProposals } from './word-proposals.ts'

let world: SearchWorld
let org: TestOrg
let other: TestOrg
const memory = createMemoryMeilisearch()
const log = createLog({ level: 'silent', name: 'test' })
const signal = new AbortController().signal
beforeAll(async () => {
  world = await searchWorld()
  org = await createTestOrg(world.database, 'Suggest')
  other = await createTestOrg(world.database, 'Elsewhere')
  const add = (name: string, text: string, more: Partial<Parameters<SearchWorld['add']>[0]> = {}) => world.add({ org, name, text, ...more })
  await add('Oscillation report.txt', 'Oscillations of heated wings. The oscillation of a wing, and oscillating flaps.')
  await add('b.txt', 'An oscillation was seen again. Osculating orbits are rare.')
  await add('informação.txt', 'A informação é pública. As informações do mar.', { language: 'pt' })
  const tagged = await add('c.txt', 'Nothing.')
  await world.sql(org.system, `update document set tags = '{oscars,to pay}' where id = '${tagged.documentId}'`)
  // Common, and read by the owner alone: it must neither be told nor come before what is.
  for (let n = 0; n < 6; n += 1) {
    const secret = await add(`Oscar secret ${n}.txt`, 'The osciflora acquisition, osciflora, oscilloscope.', { readers: [`user:${org.owner.userId}`] })
    await world.sql(org.system, `update document set tags = '{osc-hidden}' where id = '${secret.documentId}'`)
  }
  await world.add({ org: other, name: 'Oscillator of others.txt', text: 'oscitancy', readers: [`org:${other.org.id}`] })
  const trashed = await add('Oscillogram.txt', 'oscillogram')
  await world.sql(org.system, `update document set lifecycle = 'trashed' where id = '${trashed.documentId}'`)
  await taken()
})
afterAll(() => world.close())

/** The statistics, and Meilisearch, hold everything that was written. */
async function taken(): Promise<void> {
  await world.search.fold()
  await writerOf(world, memory).work(signal)
}

const server = (client = memory.searching(PASSAGES_INDEX)) => ({ client, breaker: createCircuitBreaker({ clock: systemClock }), log })
const suggestBy = (proposals: WordProposals) => (actor: Actor, query: string, limit = 20) =>
  createSuggestService({ runInTx: world.runInTx, log, proposals }).suggest(actor, searchContract.searchSuggest.input.parse({ query, limit }))
const byMeilisearch = (...args: Parameters<ReturnType<typeof suggestBy>>) => suggestBy(createMeilisearchWords(server()))(...args)
type Suggest = typeof byMeilisearch
const textsFrom = (suggest: Suggest) => async (actor: Actor, query: string, kind: string) => (await suggest(actor, query)).completions.filter((c) => c.kind === kind).map((c) => c.text)

describe.each<[string, Suggest]>([['Postgres', suggestBy(postgresWords)], ['Meilisearch, in this process', byMeilisearch]])('%s', (_, suggest) => {
const textsOf = textsFrom(suggest)

  describe('completion', () => {
    test('words are told as they stand in texts, the commonest first; documents and tags beside them', async () => {
      expect(await textsOf(org.viewer, 'osc', 'word')).toEqual(['oscillation', 'osculating'])
      expect(await textsOf(org.viewer, 'Osc', 'document')).toEqual(['Oscillation report.txt'])
      expect(await textsOf(org.viewer, 'osc', 'tag')).toEqual(['oscars'])
      const { completions } = await suggest(org.viewer, 'heated osc')
      expect(completions[0]).toEqual({ kind: 'word', text: 'oscillation', query: 'heated oscillation', documentId: null })
      expect((await suggest(org.viewer, 'to p')).completions.map((c) => c.query)).toContain('tag:"to pay"')
    })

    test('a word longer than its stem, and one without its accents, goes on', async () => {
      expect(await textsOf(org.viewer, 'oscillat', 'word')).toEqual(['oscillation'])
      expect(await textsOf(org.viewer, 'informac', 'word')).toContain('informação')
      expect(await textsOf(org.viewer, 'informaç', 'word')).toContain('informação')
    })

    test('who may read it is told it; nobody else, nothing of another organization, and nothing of the trash', async () => {
      expect(await textsOf(org.owner, 'osci', 'word')).toEqual(expect.arrayContaining(['osciflora', 'oscilloscope']))
      expect(await textsOf(org.owner, 'osc', 'tag')).toEqual(['osc-hidden', 'oscars'])
      for (const query of ['osci', 'osc', 'osciflor', 'oscillos', 'oscit', 'oscillog', 'oscar']) {
        const told = JSON.stringify(await suggest(org.viewer, query))
        expect(told, query).not.toMatch(/osciflora|oscilloscope|oscitancy|oscillogram|Oscar secret|osc-hidden|of others/iu)
        expect(await suggest({ ...org.guest, principals: [`org:${other.org.id}`, `user:${newId()}`] }, query)).toEqual({ completions: [], didYouMean: null, degraded: false })
      }
    })

    test('what stands in what somebody may not read changes nothing of what they are told', async () => {
      const told = async (hidden: string) => {
        const quiet = await createTestOrg(world.database)
        for (const text of ['A windlass.', 'A windlass and a winding.', 'A winter.']) await world.add({ org: quiet, text })
        for (let n = 0; n < 5; n += 1) await world.add({ org: quiet, text: hidden, readers: [`user:${quiet.owner.userId}`] })
        await taken()
        return [await suggest(quiet.viewer, 'win'), await suggest(quiet.viewer, 'windlas '), await suggest(quiet.viewer, 'winding wintr x')]
      }
      expect(await told('winter winter windmill windlas wintr')).toEqual(await told('of other things'))
    })
  })

  describe('did you mean', () => {
    test.each([
      ['osilation ', 'oscillation'], ['soculating', 'osculating'], ['heeted wings', 'heated wings'], ['informasao ', 'informação'],
      ['"osculatin orbits" type:pdf -osilation', '"osculating orbits" type:pdf -osilation'],
    ])('%s: %s', async (query, meant) => {
      expect((await suggest(org.viewer, query)).didYouMean).toBe(meant)
    })

    test.each(['oscillations ', 'the wings of', 'zzzzqqqq ', 'type:pdf', '京都大阪 ', '1234567 ', '"', '\0 \uD800', 'osciflora '])('nothing for %j', async (query) => {
      const { didYouMean } = await suggest(org.viewer, query)
      if (query === 'osciflora ') expect(didYouMean ?? '').not.toContain('osciflora')
      else expect(didYouMean).toBeNull()
    })

    test('of a text of many unknown words the first few are corrected', async () => {
      const unknown = ['qwzzak', 'qwzzel', 'qwzzim', 'qwzzop', 'qwzzur']
      expect((await suggest(org.owner, `${unknown.slice(1).join(' ')} osciflor `)).didYouMean).toContain('osciflora')
      expect((await suggest(org.owner, `${unknown.join(' ')} osciflor `)).didYouMean).toBeNull()
    })

    test('a word that is there, but not to be read, is corrected as one that is nowhere', async () => {
      expect((await suggest(org.owner, 'osciflor ')).didYouMean).toBe('osciflora')
      expect((await suggest(org.viewer, 'osciflor ')).didYouMean).not.toBe('osciflora')
    })
  })
})

test('where the index of words is away, documents and tags are still told, and that words are missing', async () => {
  await asAdmin(world.adminUrl, 'alter table passage_keyword rename to kw_gone')
  try {
    const { completions, degraded } = await world.search.suggest(org.viewer, { query: 'osc', limit: 20 })
    expect([completions.map((c) => c.kind), degraded]).toEqual([['document', 'tag'], true])
  } finally {
    await asAdmin(world.adminUrl, 'alter table kw_gone rename to passage_keyword')
  }
})

test('a key that may search only is told nothing', async () => {
  const key: Actor = { ...org.owner, kind: 'apiKey', permissions: new Set(['search:read']) }
  await expect(world.search.suggest(key, { query: 'osc', limit: 8 })).rejects.toMatchObject({ code: 'auth.forbidden' })
})

describe('with Meilisearch', () => {
  test('words of what somebody reads are told, and meant, however many like them stand in what they do not read', async () => {
    const crowded = await createTestOrg(world.database)
    const hidden = Array.from({ length: 60 }, (_, n) => `quarr${String.fromCharCode(97 + (n % 26))}${String.fromCharCode(97 + Math.floor(n / 26))}x`).join(' ')
    for (let n = 0; n < 2; n += 1) await world.add({ org: crowded, text: hidden, readers: [`user:${crowded.owner.userId}`] })
    await world.add({ org: crowded, text: 'The quarrystone.' })
    await taken()
    expect(await textsFrom(byMeilisearch)(crowded.viewer, 'quar', 'word')).toEqual(['quarrystone'])
    expect((await byMeilisearch(crowded.viewer, 'quarristone ')).didYouMean).toBe('quarrystone')
    // What Postgres alone misses: its list of stems is of the whole organization, of which it looks at the commonest.
    expect(await textsFrom(suggestBy(postgresWords))(crowded.viewer, 'quar', 'word')).toEqual([])
  })

  test('an index that still holds what was taken away, or proposes what nobody asked for, tells nothing of it', async () => {
    const late = await createTestOrg(world.database)
    const { documentId } = await world.add({ org: late, text: 'The xylograph.' })
    await taken()
    expect(await textsFrom(byMeilisearch)(late.viewer, 'xylo', 'word')).toEqual(['xylograph'])
    await world.sql(late.system, `delete from document_reader where document_id = '${documentId}'`)
    expect(await byMeilisearch(late.viewer, 'xylo')).toEqual({ completions: [], didYouMean: null, degraded: false })
    const others = await world.runInTx(other.system, (tx) => tx.$queryRaw<{ id: string }[]>`select id::text id from passage`)
    const wild = suggestBy(createMeilisearchWords(server({ search: (queries) => Promise.resolve(queries.map(() => ({ count: 9, ids: others.map(({ id }) => id) }))) })))
    expect(await wild(late.viewer, 'oscit')).toEqual({ completions: [], didYouMean: null, degraded: false })
    expect(await wild(late.viewer, 'oscitanci ')).toEqual({ completions: [], didYouMean: null, degraded: false })
  })

  test.each<[string, () => ReturnType<SearchClient['search']>]>([
    ['away', () => Promise.reject(new MeilisearchFailure('unreachable'))], ['wrong', () => Promise.resolve([{ count: 1, ids: ['../keys'] }])],
  ])('that is %s, Postgres tells what it knows, and the answer says that it is less', async (_, search) => {
    const suggest = suggestBy(createMeilisearchWords(server({ search })))
    for (const query of ['osci', 'osilation ']) {
      expect(await suggest(org.viewer, query)).toEqual({ ...await suggestBy(postgresWords)(org.viewer, query), degraded: true })
    }
  })

  test('somebody without a principal is told nothing, and no filter is sent that would match everything', async () => {
    let asked = 0
    const suggest = suggestBy(createMeilisearchWords(server({ search: () => Promise.resolve([{ count: asked += 1, ids: [] }]) })))
    expect(await suggest({ ...org.viewer, principals: [] }, 'osci')).toEqual({ completions: [], didYouMean: null, degraded: true })
    expect(asked).toBe(0)
  })
})
