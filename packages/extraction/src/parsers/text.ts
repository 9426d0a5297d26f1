import { ExtractionError } from '../errors.ts'
import { decodeUnknown } from '../text/decode-unknown.ts'
import { emitText } from './emit-text.ts'
import type { ParserInput } from './parser.types.ts'

/** Plain text and markdown: a form feed ends a page, and what is left too long is cut. */
export async function parse(input: ParserInput): Promise<void> {
  emitText(input, await decodeUnknown(wholeText(input)))
}

/** The bytes of a file that is text as a whole; refuses early what could not be handed on anyway. */
export function wholeText(input: ParserInput): Buffer {
  if (input.file.size > input.limits.outputBytes)
    throw new ExtractionError('output_limit', `a text of ${input.file.size} bytes`, { mime: input.mime })
  return input.file.bytes()
}
