import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { EmbeddingError, type Embedder } from '@intellidocs/embedding'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import type { SearchModule } from '../index.ts'
import { searchWorld, wordEmbedder, type SearchWorld } from '../search.testkit.ts'

let world: SearchWorld
beforeAll(async () => { world = await searchWorld() })
afterAll(() => world.close())

/** Reads as the other model of the tests does, in vectors of another length; remembers what it was given. */
function modelOf(id: string, dimensions: number): Embedder & { readonly seen: string[] } {
  const seen: string[] = []
  return {
    id, dimensions, seen,
    async embed(texts) {
      seen.push(...texts)
      return (await wordEmbedder.embed(texts, 'passage')).map((vector) => {
        const longer = new Float32Array(dimensions)
        for (const [at, x] of vector.entries()) longer[(at * 7) % dimensions] = (longer[(at * 7) % dimensions] ?? 0) + x
        const norm = Math.hypot(...longer)
        return longer.map((x) => x / norm)
      })
    },
  }
}

const none = new AbortController().signal
const found = async (module: SearchModule, org: TestOrg, query: string) => {
  const { hits, missing } = await module.query(org.viewer, searchContract.searchQuery.input.parse({ query, mode: 'meaning' }))
  return { names: hits.map(({ name }) => name), missing }
}
const rows = (org: TestOrg, statement: string) => world.runInTx(org.system, (tx) => tx.$queryRawUnsafe<Record<string, unknown>[]>(statement))
const vectorsOf = (org: TestOrg) => rows(org, `select model, dimensions::int, count(*)::int n from passage_vector group by 1, 2 order by 1`)
const placeOf = async (org: TestOrg) => (await rows(org, 'select model, behind, leftovers from search_model'))[0]
const work = async (module: SearchModule, model: string, beat = (): void => undefined) => {
  await module.reembedding.aim()
  while (!(await module.reembedding.step(model, beat, none)).done) { /* the next step */ }
}
/** What processes remember of an organization's model is older by now. */
const aMinuteLater = (org: TestOrg) => world.sql(org.system, `update search_model set since = since - interval '2 minutes'`)
const addBy = async (module: SearchModule, org: TestOrg, name: string, text: string | string[]) => {
  const { documentId, versionId } = await world.add({ org, name, text, publish: false })
  const pages = [text].flat().map((page, at) => ({ number: at + 1, text: page }))
  await module.passageIndex.index({ orgId: org.org.id, documentId, versionId, attempt: 1, title: name, language: 'en', pages, first: true }, () => undefined, none)
  await world.sql(org.system, `update document set published_version_id = current_version_id where id = '${documentId}'`)
}

test('search goes on by the old model while vectors of the new one are made, then by the new one, and the old vectors go', async () => {
  const org = await createTestOrg(world.database)
  await world.add({ org, name: 'harbour.txt', text: ['lighthouse keepers', 'harbour lamps'] })
  const large = modelOf('test:large', 900)
  const next = world.withEmbedder(large, [wordEmbedder])
  expect(await found(next, org, 'lighthouse')).toEqual({ names: ['harbour.txt'], missing: [] })
  expect(large.seen).toEqual([])

  // What comes while the change is under way is found at once, and has vectors of both.
  await addBy(next, org, 'quay.txt', 'quayside cranes')
  expect((await found(next, org, 'quayside')).names).toContain('quay.txt')
  expect(await vectorsOf(org)).toEqual([{ model: 'test:large', dimensions: 1024, n: 1 }, { model: 'test:letters', dimensions: 384, n: 3 }])

  await work(next, large.id)
  expect(await placeOf(org)).toEqual({ model: 'test:large', behind: false, leftovers: true })
  const fresh = world.withEmbedder(large)
  expect(await found(fresh, org, 'lighthouse')).toMatchObject({ missing: [] })
  expect((await found(fresh, org, 'lighthouse')).names).toContain('harbour.txt')
  await aMinuteLater(org)
  await work(next, large.id)
  expect(await vectorsOf(org)).toEqual([{ model: 'test:large', dimensions: 1024, n: 3 }])
  expect(await placeOf(org)).toEqual({ model: 'test:large', behind: false, leftovers: false })
  expect(await fresh.indexFaults(org.system, 5)).toEqual([])
})

test('the vectors of a change are those that reading the document anew would make', async () => {
  const org = await createTestOrg(world.database)
  const text = ['Annual report\n\nThe tower and its keepers.', 'A second page about lamps.']
  await world.add({ org, name: 'scan-0012.pdf', text })
  const large = modelOf('test:anew', 384)
  await work(world.withEmbedder(large, [wordEmbedder]), large.id)
  const made = large.seen.filter((one) => one.includes('The tower') || one.includes('second page'))
  large.seen.length = 0
  const other = await createTestOrg(world.database)
  await addBy(world.withEmbedder(large), other, 'scan-0012.pdf', text)
  expect(made.toSorted()).toEqual(large.seen.toSorted())
})

test('an organization with many passages does not hold up the others', async () => {
  const [big, small] = [await createTestOrg(world.database), await createTestOrg(world.database)]
  await world.add({ org: big, name: 'big.txt', text: Array.from({ length: 300 }, (_, i) => `gondola number ${i}`) })
  await world.add({ org: small, name: 'small.txt', text: 'a solitary kestrel' })
  const model = modelOf('test:fair', 384)
  await work(world.withEmbedder(model, [wordEmbedder]), model.id)
  const at = model.seen.findIndex((text) => text.includes('kestrel'))
  expect(model.seen.filter((text) => text.includes('gondola'))).toHaveLength(300)
  expect(model.seen.slice(0, at).filter((text) => text.includes('gondola')).length).toBeLessThanOrEqual(128)
})

test('a change that is stopped goes on where it was, and makes no vector twice', async () => {
  const org = await createTestOrg(world.database)
  await world.add({ org, name: 'long.txt', text: Array.from({ length: 300 }, (_, i) => `pelican number ${i}`) })
  const model = modelOf('test:resumed', 384)
  const module = world.withEmbedder(model, [wordEmbedder])
  await module.reembedding.aim()
  const stop = new AbortController()
  const beat = (): void => { if (model.seen.some((text) => text.includes('pelican'))) stop.abort(new Error('stopped')) }
  await expect(module.reembedding.step(model.id, beat, stop.signal)).rejects.toThrow('stopped')
  expect(await placeOf(org)).toMatchObject({ model: expect.not.stringMatching('test:resumed') })
  await work(module, model.id)
  const seen = model.seen.filter((text) => text.includes('pelican'))
  expect(seen).toHaveLength(300)
  expect(new Set(seen).size).toBe(300)
})

test('a passage that the model does not take holds nobody up: its organization finishes without its vector', async () => {
  const [first, second] = [await createTestOrg(world.database), await createTestOrg(world.database)]
  await world.add({ org: first, name: 'poison.txt', text: ['a calm heron', 'a poisonous heron', 'a last heron'] })
  await world.add({ org: second, name: 'sound.txt', text: 'a sound heron' })
  const model = modelOf('test:picky', 384)
  const refuse = (texts: string[]) => texts.some((text) => text.includes('poisonous'))
  const picky: Embedder = { ...model, embed: (texts, kind) => (refuse(texts) ? Promise.reject(new EmbeddingError('refused', 'answered 400')) : model.embed(texts, kind)) }
  const module = world.withEmbedder(picky, [wordEmbedder])
  await work(module, picky.id)
  for (const org of [first, second]) expect(await placeOf(org)).toMatchObject({ model: picky.id, behind: false })
  expect(await rows(first, `select count(embedding)::int vectors, count(*)::int "all" from passage_vector where model = 'test:picky'`)).toEqual([{ vectors: 2, all: 3 }])
  expect((await found(world.withEmbedder(picky), first, 'calm heron')).names).toEqual(['poison.txt'])
})

test('while nothing can be made for one organization the others get theirs, and a model that refuses everything makes nobody switch', async () => {
  const [stuck, free] = [await createTestOrg(world.database), await createTestOrg(world.database)]
  await world.add({ org: stuck, name: 'stuck.txt', text: 'an unlucky plover' })
  await world.add({ org: free, name: 'free.txt', text: 'a lucky plover' })
  await world.sql(stuck.system, `update search_model set worked_at = worked_at - interval '1 day'`)
  const model = modelOf('test:moody', 384)
  let [fails, kind]: [(text: string) => boolean, 'unavailable' | 'refused'] = [() => true, 'refused']
  const moody: Embedder = { ...model, embed: (texts, of) => (texts.some(fails) ? Promise.reject(new EmbeddingError(kind, 'no')) : model.embed(texts, of)) }
  const module = world.withEmbedder(moody, [wordEmbedder])
  await expect(work(module, moody.id)).rejects.toThrow(EmbeddingError)
  for (const org of [stuck, free]) expect((await placeOf(org))?.['model']).not.toBe(moody.id)
  ;[fails, kind] = [(text) => text.includes('unlucky'), 'unavailable']
  await expect(work(module, moody.id)).rejects.toThrow(EmbeddingError)
  expect((await placeOf(free))?.['model']).toBe(moody.id)
  expect((await placeOf(stuck))?.['model']).not.toBe(moody.id)
  fails = () => false
  await work(module, moody.id)
  expect((await placeOf(stuck))?.['model']).toBe(moody.id)
})

test('a worker that was configured before the last one changes nothing back, and what it indexes is caught up with', async () => {
  const org = await createTestOrg(world.database)
  await world.add({ org, name: 'first.txt', text: 'the first cormorant' })
  const late = modelOf('test:late', 384)
  const [older, newer] = [world.search, world.withEmbedder(late, [wordEmbedder])]
  await older.reembedding.aim()
  await work(newer, late.id)
  expect(await older.reembedding.step(wordEmbedder.id, () => undefined, none)).toEqual({ done: true })
  const started: string[] = []
  await older.reembedding.startRun({ start: async (model) => { started.push(model) } })
  expect(started).toEqual([])
  expect(await placeOf(org)).toMatchObject({ model: late.id, behind: false })

  await world.add({ org, name: 'second.txt', text: 'the second cormorant' })
  expect(await placeOf(org)).toMatchObject({ model: late.id, behind: true })
  await newer.reembedding.startRun({ start: async (model) => { started.push(model) } })
  expect(started).toEqual([late.id])
  await work(newer, late.id)
  expect((await found(newer, org, 'second')).names).toContain('second.txt')
  expect(await placeOf(org)).toMatchObject({ behind: false })
})

test('what was indexed without a model has vectors once there is one', async () => {
  const org = await createTestOrg(world.database)
  const without = world.withEmbedder(null)
  await addBy(without, org, 'blind.txt', 'an albatross over the bay')
  await world.sql(org.system, 'delete from passage_vector')
  await world.sql(org.system, `update search_model set model = '', behind = true`)
  expect((await found(without, org, 'albatross')).missing).toEqual(['meaning'])
  const model = modelOf('test:sighted', 384)
  const module = world.withEmbedder(model, [wordEmbedder])
  await work(module, model.id)
  expect((await found(world.withEmbedder(model), org, 'albatross')).names).toEqual(['blind.txt'])
  expect(await module.reembedding.progress()).toMatchObject({ model: model.id, waiting: 0 })
})

test.each([256, 384, 1000, 1536, 2000, 4000])('a model of %i numbers is stored, and near ones found', async (dimensions) => {
  const org = await createTestOrg(world.database)
  const model = modelOf(`test:${dimensions}`, dimensions)
  const module = world.withEmbedder(model, [wordEmbedder])
  await addBy(module, org, 'bird.txt', 'a heron in the reeds')
  await work(module, model.id)
  const { names, missing } = await found(world.withEmbedder(model), org, 'heron reeds')
  expect([names, missing]).toEqual([['bird.txt'], []])
})
