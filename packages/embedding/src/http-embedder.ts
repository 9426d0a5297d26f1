import { setTimeout as delay } from 'node:timers/promises'
import { assertDimensions, EmbeddingError, type Embedder } from './embedder.ts'
import { endpointOf } from './endpoint.ts'
import { askForVectors, Refused } from './http-vectors.ts'

export type HttpEmbedderOptions = {
  /** Base address of an OpenAI-compatible server (`…/v1`); `/embeddings` is added. */
  readonly url: string
  readonly model: string
  /** Sent as bearer token. */
  readonly key?: string
  readonly batchSize?: number
  /** Milliseconds a request may take; a person waits for a query, so it gets less, and is asked once. */
  readonly timeouts?: { readonly passage: number; readonly query: number }
  /** How it waits between tries; tests do not. */
  readonly wait?: (milliseconds: number) => Promise<unknown>
}

/** Texts of a request at most: what Text Embeddings Inference takes as it comes. Fewer where they are long: some 8,000 tokens together. */
const BATCH = 32
const BATCH_SIGNS = 32_000
/** A text that a server finds too long is halved down to this; a passage of 200 words has some 1,500 signs. */
const LEAST_SIGNS = 500
/** Tries of passages, with waits that double from half a second unless the server says how long; in all no longer than this. */
const TRIES = 5
const FIRST_WAIT_MS = 500
const PATIENCE_MS = 45_000

/**
 * Vectors from a server that speaks OpenAI's `/embeddings` (Ollama, Text Embeddings Inference, vLLM, hosted ones). Requests are sent one after the
 * other, so that a batch cannot flood it; what it finds too much is sent in halves.
 */
export function createHttpEmbedder(options: HttpEmbedderOptions): Embedder {
  const { model, batchSize = BATCH, timeouts = { passage: 30_000, query: 5_000 }, wait = delay } = options
  const endpoint = endpointOf(options.url, 'embeddings', options.key)
  const id = `http:${model}`
  let dimensions: number | null = null

  async function embedBatch(input: readonly string[], kind: 'passage' | 'query'): Promise<Float32Array[]> {
    try {
      return await patiently(() => askForVectors(endpoint, { model, input, timeout: timeouts[kind] }), kind === 'query' ? 1 : TRIES, wait)
    } catch (error) {
      if (!(error instanceof Refused) || !error.tooMuch) throw error
      const [half, more] = halvesOf(input)
      if (half === undefined) throw error
      return more === undefined ? embedBatch(half, kind) : [...await embedBatch(half, kind), ...await embedBatch(more, kind)]
    }
  }

  return {
    id,
    get dimensions() { return dimensions },
    async embed(texts, kind) {
      const vectors: Float32Array[] = []
      for (const batch of batchesOf(texts, batchSize)) vectors.push(...await embedBatch(batch, kind))
      for (const { length } of vectors) {
        assertDimensions(id, length)
        dimensions ??= length
        if (length !== dimensions) throw new EmbeddingError('unavailable', `${id} gave a vector of ${length} numbers after such of ${dimensions}`)
      }
      return vectors
    },
  }
}

function* batchesOf(texts: readonly string[], batchSize: number): Generator<string[]> {
  let [batch, signs]: [string[], number] = [[], 0]
  for (const text of texts) {
    if (batch.length === batchSize || (batch.length > 0 && signs + text.length > BATCH_SIGNS)) {
      yield batch
      ;[batch, signs] = [[], 0]
    }
    batch.push(text)
    signs += text.length
  }
  if (batch.length > 0) yield batch
}

/** Two batches, or one text cut short; nothing where it is as small as it gets. */
function halvesOf(input: readonly string[]): [string[]?, string[]?] {
  if (input.length > 1) return [input.slice(0, input.length / 2), input.slice(input.length / 2)]
  const text = input[0] ?? ''
  return text.length <= LEAST_SIGNS ? [] : [[text.slice(0, Math.max(LEAST_SIGNS, text.length / 2)).toWellFormed()]]
}

async function patiently<T>(ask: () => Promise<T>, tries: number, wait: (milliseconds: number) => Promise<unknown>): Promise<T> {
  const since = performance.now()
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Refused) || !error.passing || tried >= tries) throw error
      const pause = error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tried - 1) * (0.75 + Math.random() / 2)
      if (performance.now() - since + pause > PATIENCE_MS) throw error
      await wait(pause)
    }
  }
}
