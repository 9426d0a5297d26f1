import type { Hit } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { Legs } from './legs.ts'
import { sentencesOf, snippetOf } from './snippet.ts'

/** Hits of an answer whose sentences are compared, and sentences of each: 120 short texts at most. */
const MOST_HITS = 10
const MOST_SENTENCES = 12

/** Marks in hits that were found by meaning alone the sentence that comes nearest to it. */
export async function markSentences(legs: Legs, actor: Actor, query: string, hits: readonly Hit[]): Promise<Hit[]> {
  const found = hits.filter((hit) => hit.why.meaning && hit.why.words.length === 0).slice(0, MOST_HITS)
  const sentences = found.map((hit) => sentencesOf(hit.passage).slice(0, MOST_SENTENCES))
  const nearest = found.length === 0 ? null : await legs.nearest(actor, query, found.map((hit, i) => (sentences[i] ?? []).map(({ start, end }) => hit.passage.slice(start, end))))
  if (nearest === null) return [...hits]
  const marked = new Map(found.flatMap((hit, i): [Hit, Hit][] => {
    const sentence = sentences[i]?.[nearest[i] ?? -1]
    if (sentence === undefined) return []
    return [[hit, { ...hit, highlights: [sentence], snippet: snippetOf(hit.passage, [{ ...sentence, term: 0 }]), why: { ...hit.why, sentence: true } }]]
  }))
  return hits.map((hit) => marked.get(hit) ?? hit)
}
