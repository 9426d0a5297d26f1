import { assertDimensions, EmbeddingError, toUnit, type Embedder } from './embedder.ts'

const PACKAGE = '@huggingface/transformers'
const BATCH = 32

/** What is used of a transformers.js tensor: `dims` is [texts, dimensions], `data` all numbers in a row. */
type Tensor = { readonly dims: readonly number[]; readonly data: ArrayLike<number> }
type Extractor = (texts: string[], options: { pooling: 'mean'; normalize: true }) => Promise<Tensor>
type Transformers = { pipeline(task: 'feature-extraction', model: string): Promise<Extractor> }

/**
 * A model run here by transformers.js. The package is not installed by default (470 MB); asked for and absent is a clear error.
 * `load` is how the package is imported; tests hand in another one.
 */
export async function createTransformersEmbedder(model: string, load: () => Promise<unknown> = () => import(PACKAGE)): Promise<Embedder> {
  const extract = await (await importTransformers(load)).pipeline('feature-extraction', model)

  async function embedBatch(texts: string[]): Promise<Float32Array[]> {
    const { dims, data } = await extract(texts, { pooling: 'mean', normalize: true })
    const width = dims.at(-1) ?? 0
    return texts.map((_, row) => toUnit(Array.prototype.slice.call(data, row * width, (row + 1) * width)))
  }

  const id = `transformers:${model}`
  const dimensions = (await embedBatch(['dimensions']))[0]?.length ?? 0
  assertDimensions(id, dimensions)
  return {
    id, dimensions,
    async embed(texts) {
      const vectors: Float32Array[] = []
      for (let at = 0; at < texts.length; at += BATCH) vectors.push(...await embedBatch(texts.slice(at, at + BATCH)))
      return vectors
    },
  }
}

async function importTransformers(load: () => Promise<unknown>): Promise<Transformers> {
  let loaded: unknown
  try {
    loaded = await load()
  } catch (error) {
    const sentence = `EMBEDDING=transformers:… needs the package ${PACKAGE} (470 MB), which is not installed`
    throw new EmbeddingError('unsupported', `${sentence}. Install it with: npm install ${PACKAGE}`, { cause: error })
  }
  if (isTransformers(loaded)) return loaded
  throw new EmbeddingError('unsupported', `the installed ${PACKAGE} has no pipeline()`)
}

const isTransformers = (loaded: unknown): loaded is Transformers =>
  typeof loaded === 'object' && loaded !== null && 'pipeline' in loaded && typeof loaded.pipeline === 'function'
