/** Bytes looked at to judge UTF-16 without a mark. */
const probeBytes = 4_096

/** UTF-16 without a mark: in most scripts nearly every second byte is small, always on the same side. */
function utf16WithoutMark(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  const probe = bytes.subarray(0, probeBytes)
  let even = 0
  let odd = 0
  for (let at = 0; at + 1 < probe.length; at += 2) {
    if (probe[at] === 0) even += 1
    if (probe[at + 1] === 0) odd += 1
  }
  const half = probe.length / 2
  if (odd > half * 0.4 && even < half * 0.05) return 'utf-16le'
  if (even > half * 0.4 && odd < half * 0.05) return 'utf-16be'
  return null
}

/** True when the bytes are UTF-8; with `cut`, the last character may be incomplete. */
export function isUtf8(bytes: Buffer, cut = false): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut })
    return true
  } catch {
    // Fatal decoding throws at the first wrong byte: that is the answer.
    return false
  }
}

/** Name of the encoding (as TextDecoder knows it) that the bytes speak of by a mark or by their shape; null when nothing is certain. */
export function certainCharset(bytes: Buffer, cut = false): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const wide = utf16WithoutMark(bytes)
  if (wide !== null) return wide
  return isUtf8(bytes, cut) ? 'utf-8' : null
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
 * Text of bytes whose encoding is not told: a mark, UTF-16 by shape, valid UTF-8, then what was declared, then windows-1252.
 * `cut` tells that the last character may be incomplete. Valid UTF-8 wins over a declaration: other encodings almost never look like it by chance.
 */
export function decodeText(bytes: Buffer, options: { declared?: string | null; cut?: boolean } = {}): string {
  const certain = certainCharset(bytes, options.cut ?? false)
  const decoder = decoderFor(certain ?? options.declared ?? 'windows-1252') ?? new TextDecoder('windows-1252')
  return decoder.decode(bytes)
}
