import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createStaticEmbedder } from './static-embedder.ts'
import { loadStaticModel, STATIC_EN_DIR } from './static-model.ts'

type Golden = { text?: string; repeat?: { unit: string; times: number }; n_tokens: number; ids: number[]; norm: number; first8: number[] }
const golden = JSON.parse(await readFile(join(STATIC_EN_DIR, 'golden.json'), 'utf8')) as { cases: Golden[] }
const model = loadStaticModel()

test('there are 31 golden cases', () => {
  expect(golden.cases).toHaveLength(31)
})

test.each(golden.cases.map((one, number) => ({ ...one, number })))('golden case $number has the same pieces and the same vector to 1e-6', (one) => {
  const { ids, vector, norm } = model.encode(one.text ?? one.repeat!.unit.repeat(one.repeat!.times))
  expect(ids).toHaveLength(one.n_tokens)
  expect(ids.slice(0, one.ids.length)).toEqual(one.ids)
  expect(Math.abs(norm - one.norm)).toBeLessThanOrEqual(1e-6)
  one.first8.forEach((value, k) => { expect(Math.abs(value - (vector[k] ?? NaN))).toBeLessThanOrEqual(1e-6) })
})

test('the embedder answers one vector of unit length a text, in order, and the zero vector for nothing', async () => {
  const embedder = createStaticEmbedder(model)
  const [dog, nothing, dogAgain] = await embedder.embed(['a dog barks', '', 'a dog barks'], 'passage')
  expect(embedder).toMatchObject({ id: 'builtin:static-en-1', dimensions: 384 })
  expect(Math.hypot(...dog!)).toBeCloseTo(1, 6)
  expect(nothing!.every((value) => value === 0)).toBe(true)
  expect(dogAgain).toEqual(dog)
})

test('what means the same is nearer than what does not', async () => {
  const texts = ['how do I reset my password?', 'Changing your login credentials', 'The bridge was built of steel']
  const [question, answer, other] = await createStaticEmbedder(model).embed(texts, 'query')
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, k) => sum + value * b[k]!, 0)
  expect(dot(question!, answer!)).toBeGreaterThan(dot(question!, other!) + 0.2)
})

test('a large batch lets other work of the process in between', async () => {
  let turns = 0
  const tick = setInterval(() => { turns += 1 }, 1)
  const texts = Array.from({ length: 400 }, (_, i) => `passage ${i} ${'about the wing in a slipstream '.repeat(60)}`)
  await createStaticEmbedder(model).embed(texts, 'passage')
  clearInterval(tick)
  expect(turns).toBeGreaterThan(0)
})

test('a damaged model is refused', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'intellidocs-model-'))
  await writeFile(join(dir, 'vocab.txt'), 'a\nb\n')
  for (const bytes of [Buffer.alloc(0), Buffer.from('SEMB'), (await readFile(join(STATIC_EN_DIR, 'model.bin'))).subarray(0, 1000)]) {
    await writeFile(join(dir, 'model.bin'), bytes)
    expect(() => loadStaticModel(dir)).toThrow('damaged')
  }
  await rm(dir, { recursive: true })
})
