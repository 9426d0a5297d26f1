/** A repeatable stream of numbers in [0, 1) (mulberry32). */
export type Random = {
  next(): number
  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number
  pick<T>(values: readonly [T, ...T[]]): T
  /** So many small letters and digits. */
  letters(count: number): string
  bytes(count: number): Buffer<ArrayBuffer>
}

/** The same seed gives the same stream; a text is folded into one (FNV-1a). */
export function createRandom(seed: string): Random {
  let state = 0x811c9dc5
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next, int,
    pick: (values) => values[int(0, values.length - 1)] ?? values[0],
    letters: (count) => Array.from({ length: count }, () => int(0, 35).toString(36)).join(''),
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => int(0, 255))),
  }
}
