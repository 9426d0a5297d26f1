import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { asAdmin, createTestOrg, type TestOrg } from '@intellidocs/testing'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'

let world: SearchWorld
let org: TestOrg
let other: TestOrg
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
  await world.search.fold()
})
afterAll(() => world.close())

const suggest = (actor: Actor, query: string, limit = 20) => world.search.suggest(actor, searchContract.searchSuggest.input.parse({ query, limit }))
const textsOf = async (actor: Actor, query: string, kind: string) => (await suggest(actor, query)).completions.filter((c) => c.kind === kind).map((c) => c.text)

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
      expect(await suggest({ ...org.guest, principals: [`org:${other.org.id}`, `user:${newId()}`] }, query)).toEqual({ completions: [], didYouMean: null })
    }
  })

  test('what stands in what somebody may not read changes nothing of what they are told', async () => {
    const told = async (hidden: string) => {
      const quiet = await createTestOrg(world.database)
      for (const text of ['A windlass.', 'A windlass and a winding.', 'A winter.']) await world.add({ org: quiet, text })
      for (let n = 0; n < 5; n += 1) await world.add({ org: quiet, text: hidden, readers: [`user:${quiet.owner.userId}`] })
      await world.search.fold()
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

  test('a word that is there, but not to be read, is corrected as one that is nowhere', async () => {
    expect((await suggest(org.owner, 'osciflor ')).didYouMean).toBe('osciflora')
    expect((await suggest(org.viewer, 'osciflor ')).didYouMean).not.toBe('osciflora')
  })
})

test('where the index of words is away, documents and tags are still told', async () => {
  await asAdmin(world.adminUrl, 'alter table passage_keyword rename to kw_gone')
  try {
    expect((await suggest(org.viewer, 'osc')).completions.map((c) => c.kind)).toEqual(['document', 'tag'])
  } finally {
    await asAdmin(world.adminUrl, 'alter table kw_gone rename to passage_keyword')
  }
})

test('a key that may search only is told nothing', async () => {
  const key: Actor = { ...org.owner, kind: 'apiKey', permissions: new Set(['search:read']) }
  await expect(suggest(key, 'osc')).rejects.toMatchObject({ code: 'auth.forbidden' })
})
