/** What was measured of an embedding model (docs/search.md says how). */
export type ModelTraits = {
  /**
   * How much its cosine adds beside a BM25 score of 1 for the query's best passage. Of the built-in model: .408 on Cranfield beside .394 by words alone, flat
   * from 0.3 to 1.0; reciprocal ranks lost up to .13 where the model is weak (docs/benchmarks.md).
   */
  readonly weight: number
  /**
   * The cosine from which on a sentence answers a question whose words it does not hold; null: never without a word. Of the built-in model: 1,500 sentences
   * of Cranfield come to 0.30 at most beside questions of an office, answers in other words mostly to 0.33 and more.
   */
  readonly related: number | null
}

/** Of a model that nobody measured: what is flat for the weakest one, from 0.3 to 1.0. Cosines of models cannot be compared, so `related` has no default. */
const UNKNOWN: ModelTraits = { weight: 0.6, related: null }

const MEASURED: Readonly<Record<string, ModelTraits>> = {
  'builtin:static-en-1': { weight: 0.6, related: 0.32 },
}

export const traitsOf = (model: string | null): ModelTraits => (model === null ? UNKNOWN : MEASURED[model] ?? UNKNOWN)
