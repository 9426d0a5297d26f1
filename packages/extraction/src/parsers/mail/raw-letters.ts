import { decodeText } from '../../text/charset.ts'
import { isUtf8 } from '../../text/utf8.ts'

const high = /[\u0080-\u00ff]/
/** Names that programs give to what they do not know. */
const unknownCharset = /(charset\s*=\s*"?)(?:unknown-8bit|unknown|x-unknown|default|us-ascii|ascii)\b/gi
const otherCharset = /charset\s*=\s*"?(?!unknown-8bit|unknown|x-unknown|default|us-ascii|ascii)[\w-]/i

/**
 * A mail whose letters of 8 bits are in an encoding that it does not tell, as mails of old programs, turned to UTF-8: the encoding under which those lines read
 * like a language. Every other mail is as it was.
 */
export async function withToldLetters(bytes: Uint8Array): Promise<Uint8Array> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('latin1')
  if (!high.test(text) || otherCharset.test(text) || /^content-transfer-encoding:\s*binary/im.test(text)) return bytes
  if (isUtf8(buffer)) return unknownCharset.test(text) ? Buffer.from(text.replace(unknownCharset, '$1utf-8'), 'latin1') : bytes
  const lines = text.split('\n').filter((line) => high.test(line)).join('\n')
  const { guessCharset } = await import('../../text/guess-charset.ts')
  return Buffer.from(decodeText(buffer, { declared: guessCharset(Buffer.from(lines, 'latin1')) }).replace(unknownCharset, '$1utf-8'))
}
