import { cleanText } from '../text/clean.ts'
import { splitIntoPages } from '../text/split.ts'
import { ExtractionError } from '../errors.ts'
import type { ParserInput } from './parser.types.ts'

/** Cuts a text without pages of its own into pages and hands them on. Throws `empty` when there is nothing to read. */
export function emitText(input: ParserInput, text: string): void {
  const pages = text.split('\f').flatMap((part) => splitIntoPages(cleanText(part)))
  if (pages.length === 0) throw new ExtractionError('empty', 'no text', { mime: input.mime })
  input.total(pages.length)
  for (const page of pages) input.page(page)
}
