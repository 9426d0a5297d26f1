/** What was measured of an embedding model (docs/search.md says how). */
export type ModelTraits = {
  /** How much its cosine adds beside a BM25 score of 1 for the query's best passage. */
  readonly weight: number
  /** The cosine from which on a sentence answers a question whose words it does not hold; null: never without a word. */
  readonly related: number | null
}

/** Of a model that nobody measured: what is flat for the weakest one, from 0.3 to 1.0. Cosines of models cannot be compared, so `related` has no default. */
const UNKNOWN: ModelTraits = { weight: 0.6, related: null }

const MEASURED: Readonly<Record<string, ModelTraits>> = {
  'builtin:static-en-1': { weight: 0.6, related: 0.5 },
}

export const traitsOf = (model: string): ModelTraits => MEASURED[model] ?? UNKNOWN
