/** Changes bytes in place; each call goes on in the key's stream where the one before ended. */
export type Rc4 = (bytes: Buffer) => void

/** The cipher of old Office files (RFC 6229 has vectors). Node's own is not built in any more, and nothing new may be locked with it: this only opens. */
export function createRc4(key: Buffer): Rc4 {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index)
  const at = (index: number) => state[index] ?? 0
  const swap = (a: number, b: number) => {
    const kept = at(a)
    state[a] = at(b)
    state[b] = kept
  }
  for (let i = 0, j = 0; i < 256; i += 1) {
    j = (j + at(i) + (key[i % key.length] ?? 0)) & 255
    swap(i, j)
  }
  let [i, j] = [0, 0]
  return (bytes) => {
    for (let index = 0; index < bytes.length; index += 1) {
      i = (i + 1) & 255
      j = (j + at(i)) & 255
      swap(i, j)
      bytes[index] = (bytes[index] ?? 0) ^ at((at(i) + at(j)) & 255)
    }
  }
}
