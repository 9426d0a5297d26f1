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
