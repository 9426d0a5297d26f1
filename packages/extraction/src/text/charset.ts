import { isUtf8 } from './utf8.ts'
import { decodeUtf32, utf16WithoutMark, utf32Of } from './wide.ts'

/** Japanese in seven bits: sequences that change to ideographs. */
const sevenBitJapanese = ['\u001b$B', '\u001b$@']

/** Name of the encoding (as TextDecoder knows it, or `utf-32le`, `utf-32be`) that the bytes speak of by a mark or by their shape; null when nothing is certain. */
export function certainCharset(bytes: Buffer, cut = false): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  const wider = utf32Of(bytes)
  if (wider !== null) return wider
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const wide = utf16WithoutMark(bytes)
  if (wide !== null) return wide
  if (!isUtf8(bytes, cut)) return null
  return sevenBitJapanese.some((sequence) => bytes.includes(sequence)) ? 'iso-2022-jp' : 'utf-8'
}

/** A decoder for a label from outside, or null when there is no such encoding. */
export function decoderFor(label: string): InstanceType<typeof TextDecoder> | null {
  try {
    return new TextDecoder(label)
  } catch {
    // RangeError: a label nobody knows.
    return null
  }
}

/**
 * Text of bytes whose encoding is not told: a mark, wide letters by shape, valid UTF-8, then what was declared, then windows-1252.
 * `cut` tells that the last character may be incomplete. Valid UTF-8 wins over a declaration: other encodings almost never look like it by chance.
 */
export function decodeText(bytes: Buffer, options: { declared?: string | null; cut?: boolean } = {}): string {
  const certain = certainCharset(bytes, options.cut ?? false)
  if (certain === 'utf-32le' || certain === 'utf-32be') return decodeUtf32(bytes, certain)
  const decoder = decoderFor(certain ?? options.declared ?? 'windows-1252') ?? new TextDecoder('windows-1252')
  return decoder.decode(bytes)
}
