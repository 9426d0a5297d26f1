import { emitText } from './emit-text.ts'
import type { ParserInput } from './parser.types.ts'
import { rtfToText } from './rtf-text.ts'

/** Running text; headers, footers, notes, comments and text boxes come after the paragraph they stand in. */
export function parse(input: ParserInput): Promise<void> {
  emitText(input, rtfToText(input.file.bytes()))
  return Promise.resolve()
}
