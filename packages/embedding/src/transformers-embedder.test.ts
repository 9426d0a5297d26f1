import { expect, test } from 'vitest'
import { createEmbedder } from './create-embedder.ts'
import { createTransformersEmbedder } from './transformers-embedder.ts'

/** The shape of transformers.js, with vectors that tell the text's length. */
const packageOf = (width: number, batches: string[][] = []) => async () => ({
  pipeline: async () => async (texts: string[]) => {
    batches.push(texts)
    const data = new Float32Array(texts.length * width)
    texts.forEach((text, row) => { data[row * width + text.length] = 1 })
    return { dims: [texts.length, width], data }
  },
})

test('asked for and not installed: the error says what to install', async () => {
  await expect(createEmbedder({ kind: 'transformers', model: 'some/model' })).rejects.toMatchObject({
    kind: 'unsupported', message: expect.stringContaining('npm install @huggingface/transformers'),
  })
})

test('each text gets its own row, in batches', async () => {
  const batches: string[][] = []
  const embedder = await createTransformersEmbedder('some/model', packageOf(384, batches))
  batches.length = 0
  const vectors = await embedder.embed(Array.from({ length: 40 }, (_, i) => 'x'.repeat(i)), 'passage')
  expect(vectors.map((vector) => vector.indexOf(1))).toEqual(Array.from({ length: 40 }, (_, i) => i))
  expect(batches.map((batch) => batch.length)).toEqual([32, 8])
  expect(embedder.id).toBe('transformers:some/model')
})

test('a model of longer vectors than can be found is refused', async () => {
  await expect(createTransformersEmbedder('some/model', packageOf(4096))).rejects.toMatchObject({ message: expect.stringMatching(/4096.*4000/) })
})

test('a package without pipeline() is refused', async () => {
  await expect(createTransformersEmbedder('some/model', async () => ({}))).rejects.toMatchObject({ kind: 'unsupported' })
})
