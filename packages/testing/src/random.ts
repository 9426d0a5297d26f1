/** A repeatable stream of numbers in [0, 1) (mulberry32), so that what was found is found again. */
export type Random = {
  next(): number
  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number
  /** @throws Error when there is nothing to pick from */
  pick<T>(values: readonly T[]): T
  /** So many small letters and digits. */
  letters(count: number): string
  bytes(count: number): Buffer<ArrayBuffer>
}

/** A text is folded into a number (FNV-1a). */
function stateOf(seed: string | number): number {
  if (typeof seed === 'number') return seed
  let state = 0x811c9dc5
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return state
}

/** The same seed gives the same stream. */
export function createRandom(seed: string | number): Random {
  let state = stateOf(seed)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next, int,
    pick(values) {
      if (values.length === 0) throw new Error('nothing to pick from')
      return values[int(0, values.length - 1)] as (typeof values)[number]
    },
    letters: (count) => Array.from({ length: count }, () => int(0, 35).toString(36)).join(''),
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => int(0, 255))),
  }
}
