import { certainCharset, decodeText, decoderFor } from './charset.ts'

/**
 * Text of bytes from anywhere: what is certain, else what was declared (a declaration of UTF-8 is a lie here, or UTF-8 would be certain),
 * else the encoding under which it reads like a language.
 */
export async function decodeUnknown(bytes: Buffer, declared: string | null = null): Promise<string> {
  if (certainCharset(bytes) !== null) return decodeText(bytes)
  const named = declared === null ? null : (decoderFor(declared)?.encoding ?? null)
  if (named !== null && !named.startsWith('utf-')) return decodeText(bytes, { declared: named })
  const { guessCharset } = await import('./guess-charset.ts')
  return decodeText(bytes, { declared: guessCharset(bytes) })
}
