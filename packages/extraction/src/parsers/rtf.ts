import { emitText } from './emit-text.ts'
import type { ParserInput } from './parser.types.ts'
import { rtfFacts } from './rtf-facts.ts'
import { rtfToText } from './rtf-text.ts'

/** Running text; headers, footers, notes, comments and text boxes come after the paragraph they stand in. */
export function parse(input: ParserInput): Promise<void> {
  const bytes = input.file.bytes()
  input.facts(() => rtfFacts(bytes))
  emitText(input, rtfToText(bytes))
  return Promise.resolve()
}
