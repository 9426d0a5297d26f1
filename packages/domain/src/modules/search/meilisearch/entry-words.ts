/** What the server's word breaker and typo tolerance are made for; everything else it cuts and folds in ways of its own. */
const LETTERS = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{M}\p{Nd}]+$/u

/**
 * How a stem stands in an entry and in a query. Those of other scripts (pairs of Chinese characters among them) are written by their code points, so that
 * the server keeps each as one word and finds exactly it.
 */
export const entryWord = (stem: string): string =>
  (LETTERS.test(stem) ? stem : [...stem].map((character) => `u${(character.codePointAt(0) ?? 0).toString(16)}`).join(''))

/** The text of an entry. */
export const entryText = (stems: readonly string[]): string => stems.map(entryWord).join(' ')

/** Where a stem may be a typo: written in letters, and long enough that the server forgives one (from the fifth on). */
export const mayBeMisspelt = (stem: string): boolean => stem.length >= 5 && LETTERS.test(stem) && !/\p{Nd}/u.test(stem)

/** A query for what holds the stem or one like it. Without the blank the server would take the last word of a query for one that is not finished. */
export const withTypos = (stem: string): string => `${entryWord(stem)} `
