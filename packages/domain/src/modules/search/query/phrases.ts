import { isSingle, plain, wordsOf, type Word } from '../words.ts'

const textsOf = (phrase: string): string[] => wordsOf(phrase).map((word) => word.text)

/** How a phrase is looked up in the index: as it was typed, and without accents. Not at all where a single character of it stands in pairs there. */
export const phraseSpellings = (phrase: string): string[] => {
  const words = textsOf(phrase)
  return words.some(isSingle) ? [] : [...new Set([words.join(' '), words.map(plain).join(' ')])]
}

/** Words as they are written one after the other, as a tsquery of the configuration `simple`, which has no stop words. */
export const writtenSideBySide = (phrase: string, quote: (word: string) => string): string => textsOf(phrase).map(quote).join(' <-> ')

/**
 * Whether a text holds these words one after the other, whatever stands between them that is no word. Case does not matter, nor do accents that the
 * phrase leaves out. A word that is hyphenated at the end of a line is both its halves and the whole.
 */
export function holdsPhrase(text: readonly Word[], phrase: string): boolean {
  const asked = textsOf(phrase)
  return asked.length > 0 && text.some((_, at) => holdsAt(text, at, asked))
}

function holdsAt(text: readonly Word[], at: number, asked: readonly string[]): boolean {
  const [first, ...rest] = asked
  const word = text[at]
  if (first === undefined) return true
  if (word === undefined || !isWord(word.text, first, asked.length === 1)) return false
  return rest.length === 0 || next(text, at).some((following) => holdsAt(text, following, rest))
}

/** Texts hold a single character of Chinese, Japanese, Korean or Thai in pairs: it is where one begins, and by itself where one holds it. */
function isWord(word: string, asked: string, alone: boolean): boolean {
  if (word === asked || plain(word) === asked) return true
  return isSingle(asked) && (alone ? word.includes(asked) : word.startsWith(asked))
}

/** Where the text goes on behind a word: with the next one, or with the whole of which that is the first half. */
function next(text: readonly Word[], at: number): number[] {
  const following = isWhole(text, at + 1) ? at + 2 : at + 1
  return isWhole(text, following + 2) ? [following, following + 2] : [following]
}

/** The whole of a hyphenated word stands behind its halves, and covers them. */
function isWhole(text: readonly Word[], at: number): boolean {
  const [first, second, whole] = [text[at - 2], text[at - 1], text[at]]
  return whole !== undefined && first !== undefined && second !== undefined && whole.start === first.start && whole.end === second.end && first.end <= second.start
}
