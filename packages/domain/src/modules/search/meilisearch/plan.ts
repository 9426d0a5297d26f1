import type { KeywordPlan } from '../keyword-plan.ts'
import type { Misspelt } from '../keyword-candidates.ts'
import type { Found, WordQuery } from './client.ts'
import { entryWord, mayBeMisspelt, withTypos } from './entry-words.ts'

/** A stem of a word of the query; `weight` is what BM25 gives the word. */
export type AskedStem = { readonly word: number; readonly text: string; readonly weight: number }

/** What each figure gave: 100,000 passages, the share of exact BM25's first ten (docs/adr/0033): .777 without the pairs, .968 with them. */
const [MOST_WORDS, ENOUGH_VISIBLE, PAIRED, OF_A_PAIR, OF_A_TYPO] = [16, 2_500, 6, 300, 300]
/** Passages that Postgres scores. Those left over hold fewer or commoner words of the query than all that are taken. */
export const MOST_CANDIDATES = 2_500

/** The rarest words of the plan, at most 16, each with the stems that it may have. */
export function askedStems(plan: KeywordPlan): AskedStem[] {
  return plan.terms.slice(0, MOST_WORDS).flatMap(({ word, lexemes, weight }) => lexemes.map((text) => ({ word, text, weight })))
}

const exactly = (stem: AskedStem): string => `"${entryWord(stem.text)}"`

/** First step: how many passages that the caller may read hold each stem. Of one quoted word the server's estimate is exact. */
export const countQueries = (stems: readonly AskedStem[]): WordQuery[] => stems.map((stem) => ({ q: exactly(stem), limit: 0 }))

type Listed = WordQuery & { readonly holds: readonly AskedStem[]; readonly misspelt: boolean }

/**
 * Second step: the passages themselves. Rarest stems first until the sum of their visible frequencies passes 2,500; of those left over the six rarest by
 * twos, because a passage with only one of these will hardly be among the first; and for words that nobody's passage holds as typed, those like them.
 */
export function listQueries(stems: readonly AskedStem[], counts: readonly number[]): Listed[] {
  const known = stems.flatMap((stem, at) => ((counts[at] ?? 0) > 0 ? [{ stem, count: counts[at] ?? 0 }] : [])).sort((a, b) => a.count - b.count)
  let sum = 0
  let taken = 0
  for (const { count } of known) {
    sum += count
    if (taken > 0 && sum > ENOUGH_VISIBLE) break
    taken += 1
  }
  const single = known.slice(0, taken).map(({ stem }) => ({ q: exactly(stem), limit: ENOUGH_VISIBLE, holds: [stem], misspelt: false }))
  const left = known.slice(taken, taken + PAIRED).map(({ stem }) => stem)
  const pairs = left.flatMap((a, at) => left.slice(at + 1).filter((b) => b.word !== a.word)
    .map((b) => ({ q: `${exactly(a)} ${exactly(b)}`, limit: OF_A_PAIR, holds: [a, b], misspelt: false })))
  const knownWords = new Set(known.map(({ stem }) => stem.word))
  const typos = stems.filter((stem) => !knownWords.has(stem.word) && mayBeMisspelt(stem.text))
    .map((stem) => ({ q: withTypos(stem.text), limit: OF_A_TYPO, holds: [stem], misspelt: true }))
  return [...single, ...pairs, ...typos]
}

/** The union of the lists, best first by the weights of the words that brought them here, and which words were misspelt. */
export function mergeLists(lists: readonly Listed[], found: readonly Found[]): { passageIds: string[]; misspelt: Misspelt[] } {
  const words = new Map<string, Map<number, number>>()
  const misspelt = new Map<number, { stems: string[]; passageIds: string[] }>()
  lists.forEach(({ holds, misspelt: isTypo }, at) => {
    const ids = found[at]?.ids ?? []
    for (const id of ids) {
      const held = words.get(id) ?? new Map<number, number>()
      for (const { word, weight } of holds) held.set(word, weight)
      words.set(id, held)
    }
    if (!isTypo || ids.length === 0) return
    for (const { word, text } of holds) {
      const one = misspelt.get(word) ?? { stems: [], passageIds: [] }
      misspelt.set(word, { stems: [...one.stems, text], passageIds: [...new Set([...one.passageIds, ...ids])] })
    }
  })
  const sums = [...words].map(([id, held]) => ({ id, sum: [...held.values()].reduce((a, b) => a + b, 0) }))
  sums.sort((a, b) => b.sum - a.sum || (a.id < b.id ? -1 : 1))
  return { passageIds: sums.slice(0, MOST_CANDIDATES).map(({ id }) => id), misspelt: [...misspelt].map(([word, one]) => ({ word, ...one })) }
}
