import { nameWords } from '@intellidocs/extraction'
import { indexedWords } from './words.ts'

/**
 * What stands in front of every passage's words, twice: a match in the title is worth that much (measured .374 -> .386 on Cranfield).
 * The name and, where it says something else, the heading.
 */
export function titleWords(name: string, heading: string | null): { words: string; plainWords: string } {
  const own = nameWords(name)
  const title = heading === null || own.toLowerCase().includes(heading.toLowerCase()) ? own : `${own} ${heading}`
  const { words, plainWords } = indexedWords(title)
  return { words: `${words} ${words}`, plainWords: `${plainWords} ${plainWords}` }
}

/** A passage as it is read by whoever looks for it: `heading` is that of its section, which it does not hold. */
export type ReadPassage = { readonly text: string; readonly heading: string | null }

/** The words of a passage as they are indexed: those of its section's heading count as its own. */
export const passageWords = ({ text, heading }: ReadPassage): { words: string; plainWords: string } => indexedWords(heading === null ? text : `${heading}\n${text}`)

/** What the embedding model reads: title, heading of the section, and passage; the passage alone where it begins with that title. */
export function embeddedText(name: string, title: string | null, { text, heading }: ReadPassage): string {
  const first = title ?? nameWords(name)
  return [first, heading].filter((part) => part !== null && !text.startsWith(part)).map((part) => `${part}. `).join('') + text
}
