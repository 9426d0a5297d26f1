import { decodeUnknown } from '../text/decode-unknown.ts'
import { emitText } from './emit-text.ts'
import { htmlFacts } from './html-facts.ts'
import { htmlToText } from './html-text.ts'
import type { ParserInput } from './parser.types.ts'
import { wholeText } from './text.ts'

const declaration = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)|<\?xml[^>]+encoding\s*=\s*["']([\w-]+)/i

/** The encoding that a page claims to have, in its first kilobytes. */
export function declaredCharset(bytes: Buffer): string | null {
  const match = declaration.exec(bytes.subarray(0, 4_096).toString('latin1'))
  return match?.[1] ?? match?.[2] ?? null
}

export async function parse(input: ParserInput): Promise<void> {
  const bytes = wholeText(input)
  const html = await decodeUnknown(bytes, declaredCharset(bytes))
  input.facts(() => htmlFacts(html))
  emitText(input, htmlToText(html))
}
