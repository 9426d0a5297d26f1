import { assertDimensions, DIMENSIONS, EmbeddingError, toUnit, type Embedder } from './embedder.ts'

export type HttpEmbedderOptions = {
  /** Base address of an OpenAI-compatible server (`…/v1`); `/embeddings` is added. A password in it is sent as bearer token. */
  readonly url: string
  readonly model: string
  readonly batchSize?: number
  /** Milliseconds a request may take; a person waits for a query, so it gets less. */
  readonly timeouts?: { readonly passage: number; readonly query: number }
}

/** Vectors from a server that speaks OpenAI's `/embeddings`. Requests are sent one after the other, so that a batch cannot flood it. */
export function createHttpEmbedder(options: HttpEmbedderOptions): Embedder {
  const { model, batchSize = 64, timeouts = { passage: 60_000, query: 5_000 } } = options
  const { url, headers } = addressOf(options.url)
  const id = `http:${model}`

  async function embedBatch(input: string[], timeout: number): Promise<Float32Array[]> {
    const answer = await post(url, { headers, body: { model, input, encoding_format: 'float' }, timeout })
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

function addressOf(base: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(`${base.replace(/\/+$/, '')}/embeddings`)
  const token = decodeURIComponent(url.password)
  url.username = ''
  url.password = ''
  return { url, headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) } }
}

async function post(url: URL, request: { headers: Record<string, string>; body: unknown; timeout: number }): Promise<unknown> {
  const { headers, body, timeout } = request
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
