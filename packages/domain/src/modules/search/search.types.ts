import type { searchContract } from '@intellidocs/contracts'
import type { z } from 'zod'
import type { Narrowing } from './query/narrowing.ts'

export type SearchFilters = z.infer<typeof searchContract.searchFilters>

/** Who asks and what narrows the answer; every leg takes it whole. With `phrases`, passages that may hold one of them are proposed and no others. */
export type Scope = { readonly principals: readonly string[]; readonly filters: Narrowing; readonly phrases?: readonly string[] }

/** A passage as it is stored. Offsets are UTF-16 code units of the page's text. */
export type NewPassage = {
  readonly ordinal: number
  readonly page: number
  readonly start: number
  readonly end: number
  readonly text: string
  /** Of its section, where the passage does not hold it. */
  readonly heading: string | null
  readonly words: string
  readonly plainWords: string
}

/** What a model makes of a passage. */
export type PassageVector = {
  readonly model: string
  /** The model reads the passage's language. */
  readonly inLanguage: boolean
  /** As pgvector's text; null: none of the text's words is known to it, or it does not take the text. */
  readonly vector: string | null
  readonly dimensions: VectorSize
  /** The model does not take this text; not stored. */
  readonly refused?: boolean
}

/** A passage as it is shown, checked in the statement that read it. `matched` are positions (from 0) in the list of terms asked for. */
export type FoundPassage = {
  readonly passageId: string
  readonly documentId: string
  readonly versionId: string
  readonly name: string
  readonly version: number
  readonly page: number
  readonly start: number
  readonly end: number
  readonly text: string
  readonly config: string
  readonly matched: readonly number[]
}

/** Lengths of vectors that have an index; what a model gives is filled up with zeros to the next one, which changes no cosine. */
export const vectorSizes = [384, 768, 1024, 1536, 2048, 3072, 4000] as const
export type VectorSize = (typeof vectorSizes)[number]

/** A vector as pgvector's text, filled up. */
export type StoredVector = { readonly literal: string; readonly size: VectorSize }
/** A query's, with the model of the passages in `passage_vector` that it may be compared with. */
export type QueryVector = StoredVector & { readonly model: string }

/** Throws for a vector that is longer than any index. */
export function sizeOf(dimensions: number): VectorSize {
  const size = vectorSizes.find((one) => one >= dimensions)
  if (size === undefined) throw new Error(`a vector of ${dimensions} numbers has no index`)
  return size
}

/** Null for a vector without direction (the model knows none of the words), whose cosine is undefined. */
export function storedVector(vector: Float32Array): StoredVector | null {
  let norm = 0
  for (const x of vector) norm += x * x
  if (!Number.isFinite(norm) || norm === 0) return null
  const size = sizeOf(vector.length)
  return { literal: `[${vector.join(',')}${',0'.repeat(size - vector.length)}]`, size }
}
