import type { SearchMode } from '@intellidocs/contracts'
import { traitsOf } from './model-traits.ts'

/** A passage that a leg proposed. Scores are null where that leg did not answer or the passage has none. */
export type Candidate = {
  readonly passageId: string
  readonly documentId: string
  /** BM25, 0 and more. */
  readonly keyword: number | null
  /** Cosine of query and passage, -1 to 1. */
  readonly meaning: number | null
  /** The embedding model reads this passage's language. */
  readonly inLanguage: boolean
}

/** `score` orders, and never leaves: its weights count the documents of the whole organization, read by whom they may. */
export type Ranked = Candidate & { readonly score: number }

/**
 * Ranks documents by their best passage, best first; equal scores in a fixed order, so that a ranking can be paged.
 * Hybrid: keyword / (best keyword of this query) + weight * meaning, the weight being the model's. Where the model does not read a passage's language, the average
 * cosine of the readable candidates stands for its own: those passages keep the order the words give them, and lose nothing to others.
 */
export function rankDocuments(candidates: readonly Candidate[], mode: SearchMode, model: string | null = null): Ranked[] {
  const { weight } = traitsOf(model)
  const best = Math.max(0, ...candidates.map((c) => c.keyword ?? 0))
  const readable = candidates.flatMap((c) => (c.inLanguage && c.meaning !== null ? [c.meaning] : []))
  const average = readable.length === 0 ? 0 : readable.reduce((a, b) => a + b, 0) / readable.length
  const scoreOf = (c: Candidate): number => {
    if (mode === 'keyword') return c.keyword ?? 0
    if (mode === 'meaning') return c.meaning ?? 0
    const words = best > 0 ? (c.keyword ?? 0) / best : 0
    return words + weight * (c.inLanguage && c.meaning !== null ? c.meaning : average)
  }
  const documents = new Map<string, Ranked>()
  for (const candidate of candidates) {
    const ranked = { ...candidate, score: scoreOf(candidate) }
    const held = documents.get(candidate.documentId)
    if (held === undefined || before(ranked, held) < 0) documents.set(candidate.documentId, ranked)
  }
  return [...documents.values()].sort(before)
}

/** Passages whose language the model cannot read and that hold no word of the query come last, by what cosine they have. */
const before = (a: Ranked, b: Ranked): number =>
  b.score - a.score || (b.meaning ?? -1) - (a.meaning ?? -1) || (a.documentId < b.documentId ? -1 : a.documentId > b.documentId ? 1 : 0)
  || (a.passageId < b.passageId ? -1 : a.passageId > b.passageId ? 1 : 0)
