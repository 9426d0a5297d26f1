import { EmbeddingError, toUnit } from './embedder.ts'
import type { Endpoint } from './endpoint.ts'

/** Servers that fail on a text, as on one whose vector is not a number, say 500. */
const OF_THE_TEXTS: readonly number[] = [400, 413, 422, 500]

/** A request that was not answered with vectors. */
export class Refused extends EmbeddingError {
  /** Null where there was no answer at all. */
  readonly status: number | null
  readonly retryAfterMs: number | null

  constructor(message: string, options: { status?: number; retryAfter?: string | null; cause?: unknown }) {
    super(OF_THE_TEXTS.includes(options.status ?? 0) ? 'refused' : 'unavailable', message, options.cause === undefined ? {} : { cause: options.cause })
    this.status = options.status ?? null
    this.retryAfterMs = waitOf(options.retryAfter ?? null)
  }

  /** Another time it may be answered. */
  get passing(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500
  }

  /** Fewer or shorter texts may be answered: servers say so in different ways. */
  get tooMuch(): boolean {
    return this.status !== null && [400, 413, 422].includes(this.status)
  }
}

/** Seconds or a date, as HTTP has it; null for what is neither. */
function waitOf(header: string | null): number | null {
  if (header === null) return null
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

type Ask = { readonly model: string; readonly input: readonly string[]; readonly timeout: number }

/** One request: a vector of unit length a text, in order. Throws Refused, or EmbeddingError for an answer that is no list of vectors. */
export async function askForVectors({ url, headers }: Endpoint, { model, input, timeout }: Ask): Promise<Float32Array[]> {
  const body = JSON.stringify({ model, input, encoding_format: 'float' })
  let answer: unknown
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(timeout) })
    if (!response.ok) {
      const said = (await response.text()).slice(0, 300)
      throw new Refused(`the embedding server answered ${response.status}: ${said}`, { status: response.status, retryAfter: response.headers.get('retry-after') })
    }
    answer = await response.json()
  } catch (error) {
    if (error instanceof EmbeddingError) throw error
    throw new Refused(`the embedding server at ${url.host} did not answer`, { cause: error })
  }
  return readVectors(answer, input.length)
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
