import { plain, wordsOf, type Word } from './words.ts'

export type MarkedWord = { readonly start: number; readonly end: number; readonly term: number }
type Marking = { readonly config: string; readonly words: readonly Word[] }

/** The words of passages that could share a stem with the query: those that begin with the same letter, each once a configuration. */
export function wordsToStem(passages: readonly Marking[], lexemes: readonly (readonly string[])[]): { config: string; text: string }[] {
  const initials = new Set(lexemes.flat().map((l) => plain(l).charAt(0)))
  const wanted = new Map<string, { config: string; text: string }>()
  for (const { config, words } of passages) {
    for (const { text } of words) {
      if (initials.has(plain(text).charAt(0))) for (const form of new Set([text, plain(text)])) wanted.set(`${config} ${form}`, { config, text: form })
    }
  }
  return [...wanted.values()]
}

/**
 * Spans of a passage's words that have a stem of the query, in order, `term` naming which. Stems are those of the index itself
 * (`stems`: of `<config> <word>`), so a word is marked exactly when it counted.
 */
export function markWords(passage: Marking, lexemes: readonly (readonly string[])[], stems: ReadonlyMap<string, readonly string[]>): MarkedWord[] {
  const termOf = new Map(lexemes.flatMap((group, term) => group.map((lexeme) => [lexeme, term] as const)))
  const marked: MarkedWord[] = []
  for (const { start, end, text } of passage.words) {
    const own = [text, plain(text)].flatMap((form) => stems.get(`${passage.config} ${form}`) ?? [])
    const term = own.map((lexeme) => termOf.get(lexeme)).find((t) => t !== undefined)
    const last = marked.at(-1)
    if (term === undefined || (last !== undefined && start < last.end)) continue // pairs of characters overlap
    marked.push({ start, end, term })
  }
  return marked
}

export const markable = (config: string, text: string): Marking => ({ config, words: wordsOf(text) })
