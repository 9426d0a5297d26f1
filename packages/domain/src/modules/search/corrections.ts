import type { Misspelt } from './keyword-candidates.ts'
import type { Reading } from './keyword-plan.ts'
import { distance } from './suggest/distance.ts'
import { plain } from './words.ts'

/** A stem of a passage that may be read, the configuration that made it, and how many passages hold it. */
export type PassageStem = { readonly word: number; readonly lexeme: string; readonly config: string; readonly df: number }

/** More spellings of one word would be guesses. */
const MOST_CORRECTIONS = 3

/** Edits that are forgiven in a word of so many letters: Meilisearch's own rule, one from the fifth letter on, two from the ninth. */
export const forgiven = (word: string): number => (word.length < 5 ? 0 : word.length < 9 ? 1 : 2)

/**
 * What the misspelt words of a query probably mean: of the stems in the passages that the engine found for each, the nearest, at most three. As readings, so that
 * they are weighed, scored and marked like any spelling.
 */
export function correctedReadings(misspelt: readonly Misspelt[], among: readonly PassageStem[]): Reading[] {
  return misspelt.flatMap(({ word, stems }) => {
    const near = among.filter((stem) => stem.word === word).flatMap((stem) => {
      const edits = Math.min(...stems.map((typed) => {
        const most = forgiven(typed)
        const needed = distance(plain(typed), plain(stem.lexeme), most)
        return needed <= most ? needed : Infinity
      }))
      return Number.isFinite(edits) ? [{ ...stem, edits }] : []
    })
    const nearest = Math.min(...near.map(({ edits }) => edits))
    return near.filter(({ edits }) => edits === nearest).sort((a, b) => b.df - a.df || (a.lexeme < b.lexeme ? -1 : 1)).slice(0, MOST_CORRECTIONS)
      .map(({ lexeme, config, df }): Reading => ({ word, config, n: 0, lexeme, df }))
  })
}
