/** Numbers of a vector at most: longer ones have no index in pgvector. */
export const MOST_DIMENSIONS = 4_000

/**
 * Text to vectors of unit length, so that the dot product is the cosine. A text in which the model knows nothing gives the zero vector,
 * which is near to nothing and must not be compared.
 */
export type Embedder = {
  /** Names model and version; stored beside each vector, since vectors of two models cannot be compared. */
  readonly id: string
  /** Null while a server has not answered yet. */
  readonly dimensions: number | null
  /** One vector a text, in order, all of one length. Throws EmbeddingError when the model is away or answers nonsense. */
  embed(texts: string[], kind: 'passage' | 'query'): Promise<Float32Array[]>
}

/**
 * - `unsupported`: this model cannot be used here, however often it is tried - `unavailable`: it did not answer this time
 * - `refused`: it answered that it does not take these texts; others it may take
 */
type EmbeddingFailure = 'unsupported' | 'unavailable' | 'refused'

export class EmbeddingError extends Error {
  readonly kind: EmbeddingFailure

  constructor(kind: EmbeddingFailure, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'EmbeddingError'
    this.kind = kind
  }
}

/** Throws unless vectors of this length can be stored and found. */
export function assertDimensions(id: string, dimensions: number): void {
  if (dimensions > 0 && dimensions <= MOST_DIMENSIONS) return
  throw new EmbeddingError('unsupported', `EMBEDDING: ${id} gives vectors of ${dimensions} numbers; the database finds vectors of ${MOST_DIMENSIONS} at most.`)
}

/** Scales to length one, into a new array; the zero vector stays zero. */
export function toUnit(values: ArrayLike<number>): Float32Array {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2
  const norm = Math.sqrt(sum)
  const unit = new Float32Array(values.length)
  if (norm > 0) for (let i = 0; i < values.length; i++) unit[i] = (values[i] ?? 0) / norm
  return unit
}
