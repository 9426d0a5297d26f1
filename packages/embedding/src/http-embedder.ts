import { assertDimensions, DIMENSIONS, EmbeddingError, toUnit, type Embedder } from './embedder.ts'
import { endpointOf, type Endpoint } from './endpoint.ts'

export type HttpEmbedderOptions = {
  /** Base address of an OpenAI-compatible server (`…/v1`); `/embeddings` is added. */
  readonly url: string
  readonly model: string
  /** Sent as bearer token. */
  readonly key?: string
  readonly batchSize?: number
  /** Milliseconds a request may take; a person waits for a query, so it gets less. */
  readonly timeouts?: { readonly passage: number; readonly query: number }
}

/** Vectors from a server that speaks OpenAI's `/embeddings`. Requests are sent one after the other, so that a batch cannot flood it. */
export function createHttpEmbedder(options: HttpEmbedderOptions): Embedder {
  const { model, batchSize = 64, timeouts = { passage: 60_000, query: 5_000 } } = options
  const endpoint = endpointOf(options.url, 'embeddings', options.key)
  const id = `http:${model}`

  async function embedBatch(input: string[], timeout: number): Promise<Float32Array[]> {
    const answer = await post(endpoint, { body: { model, input, encoding_format: 'float' }, timeout })
    const vectors = readVectors(answer, input.length)
    for (const vector of vectors) assertDimensions(id, vector.length)
    return vectors
  }

  return {
    id,
    dimensions: DIMENSIONS,
    async embed(texts, kind) {
      const vectors: Float32Array[] = []
      for (let at = 0; at < texts.length; at += batchSize) vectors.push(...await embedBatch(texts.slice(at, at + batchSize), timeouts[kind]))
      return vectors
    },
  }
}

async function post({ url, headers }: Endpoint, { body, timeout }: { body: unknown; timeout: number }): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(timeout)
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'error', signal })
    if (response.ok) return await response.json()
    throw new EmbeddingError('unavailable', `the embedding server answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
  } catch (error) {
    if (error instanceof EmbeddingError) throw error
    throw new EmbeddingError('unavailable', `the embedding server at ${url.host} did not answer`, { cause: error })
  }
}

function readVectors(answer: unknown, count: number): Float32Array[] {
  const data = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : null
  if (!Array.isArray(data) || data.length !== count) throw nonsense()
  const vectors = Array.from<Float32Array | undefined>({ length: count })
  for (const [position, item] of data.entries()) {
    const known = typeof item === 'object' && item !== null && 'embedding' in item && Array.isArray(item.embedding)
    if (!known) throw nonsense()
    const values = item.embedding.map(Number)
    if (!values.every(Number.isFinite)) throw nonsense()
    // `index` says which text it is; some servers leave it out and answer in order.
    const index = 'index' in item && typeof item.index === 'number' ? item.index : position
    vectors[index] = toUnit(values)
  }
  return vectors.slice(0, count).map((vector) => { if (!vector) throw nonsense(); return vector })
}

const nonsense = () => new EmbeddingError('unavailable', 'the embedding server answered something that is not a list of embeddings')
