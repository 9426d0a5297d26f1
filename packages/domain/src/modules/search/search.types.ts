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
  readonly words: string
  readonly plainWords: string
  readonly inLanguage: boolean
  /** Null: no model, or none of the text's words is known to it. */
  readonly vector: string | null
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

/** The embedding model of the passages in `passage_vector` that a query's vector may be compared with. */
export type QueryVector = { readonly model: string; readonly literal: string }

/** A vector as pgvector's text; null for a vector without direction (the model knows none of the words), whose cosine is undefined. */
export function vectorLiteral(vector: Float32Array): string | null {
  let norm = 0
  for (const x of vector) norm += x * x
  return Number.isFinite(norm) && norm > 0 ? `[${vector.join(',')}]` : null
}
