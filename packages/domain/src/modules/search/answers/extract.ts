import type { Span } from '@intellidocs/contracts'
import type { MarkedWord } from '../highlights.ts'
import { wordsOf } from '../words.ts'
import { sentencesOf } from './sentences.ts'

/** A passage that was found, with the words of the question that stand in it; `readable`: the model reads its language. */
export type Source = { readonly text: string; readonly marks: readonly MarkedWord[]; readonly readable: boolean }
/** A sentence of the source number `source`. */
export type Sentence = Span & { readonly source: number; readonly text: string; readonly terms: ReadonlySet<number> }
/** How near texts are to the question, -1 to 1; null where nothing can say so. */
export type Nearness = (texts: readonly string[]) => Promise<readonly (number | null)[]>

const MOST = 3
const MOST_OF_ONE_SOURCE = 2
/** Beside the share of the question's words: as in the ranking of passages. */
const MEANING = 0.6
const PLACE = 0.1
/** Sentences whose nearness is asked for, those with most of the words first. */
const COMPARED = 48
/** A heading holds the words and tells nothing. */
const FEW_WORDS = 5
/** What is worth less than this share of the best sentence is left out. */
const WORTH = 0.6

/**
 * The sentences of the sources, best first, that answer best: those that hold most of the question's words, rare ones above all, and are nearest to
 * it in meaning. Without a word of the question only where they are nearer than `related`; null: never. Empty: nothing answers.
 */
export async function bestSentences(sources: readonly Source[], nearness: Nearness, related: number | null): Promise<Sentence[]> {
  const all = sources.flatMap(({ text, marks }, source) => sentencesOf(text).map(({ start, end }): Sentence => ({
    source, start, end, text: text.slice(start, end), terms: new Set(marks.filter((m) => m.start >= start && m.end <= end).map((m) => m.term)),
  })))
  const share = shareOf(all)
  const compared = all.toSorted((a, b) => share(b) - share(a) || a.source - b.source).slice(0, COMPARED)
  const near = await nearness(compared.map(({ text }) => text))
  const scored = compared.flatMap((sentence, at) => {
    const cosine = sources[sentence.source]?.readable === true ? near[at] ?? null : null
    if (sentence.terms.size === 0 && (related === null || cosine === null || cosine < related)) return []
    const weight = wordsOf(sentence.text).length < FEW_WORDS ? 0.5 : 1
    return [{ sentence, score: weight * (share(sentence) + MEANING * (cosine ?? 0)) + PLACE / (sentence.source + 1) }]
  }).toSorted((a, b) => b.score - a.score)
  return chosen(scored)
}

function chosen(scored: readonly { sentence: Sentence; score: number }[]): Sentence[] {
  const least = WORTH * (scored[0]?.score ?? 0)
  const taken: Sentence[] = []
  for (const { sentence, score } of scored) {
    const ofSource = taken.filter(({ source }) => source === sentence.source).length
    if (taken.length === MOST || score < least) break
    if (ofSource < MOST_OF_ONE_SOURCE && !taken.some(({ text }) => text === sentence.text)) taken.push(sentence)
  }
  return taken
}

/** The share of the question's weight that a sentence holds, 0 to 1; a word weighs more the fewer of these sentences hold it. */
function shareOf(all: readonly Sentence[]): (sentence: Sentence) => number {
  const holding = new Map<number, number>()
  for (const { terms } of all) for (const term of terms) holding.set(term, (holding.get(term) ?? 0) + 1)
  const weights = new Map([...holding].map(([term, count]) => [term, Math.log(1 + all.length / count)]))
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  return ({ terms }) => (whole === 0 ? 0 : [...terms].reduce((sum, term) => sum + (weights.get(term) ?? 0), 0) / whole)
}
