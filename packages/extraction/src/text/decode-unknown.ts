import { certainCharset, decodeText, decoderFor } from './charset.ts'
import { spoiledShare } from './spoiled.ts'

/** Above this share of spoiled letters the encoding that was declared cannot be the one. */
const lyingShare = 0.1
/** Characters looked at for it. */
const sampleLength = 100_000

/**
 * Text of bytes from anywhere: what is certain, else what was declared unless that is a lie (one of UTF-8 always is, or UTF-8 would be certain),
 * else the encoding under which it reads like a language.
 */
export async function decodeUnknown(bytes: Buffer, declared: string | null = null): Promise<string> {
  if (certainCharset(bytes) !== null) return decodeText(bytes)
  const named = declared === null ? null : (decoderFor(declared)?.encoding ?? null)
  if (named !== null && !named.startsWith('utf-')) {
    const text = decodeText(bytes, { declared: named })
    if (spoiledShare(text.slice(0, sampleLength)) < lyingShare) return text
  }
  const { guessCharset } = await import('./guess-charset.ts')
  return decodeText(bytes, { declared: guessCharset(bytes) })
}
