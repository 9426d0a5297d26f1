/** The numbers that hostile files are made of: nothing, the largest, the sign. */
const extremes = [0x00, 0xff, 0x80, 0x7f, 0x01]
const mostBytes = 24

/**
 * A file with a few bytes changed, as a bad disk or a bad will leaves it: bits turned over, numbers made extreme, a stretch lost, doubled or filled, the end cut off.
 * @param next numbers in [0, 1); the same numbers give the same file
 */
export function damaged(bytes: Buffer, next: () => number): Buffer<ArrayBuffer> {
  const at = (length = bytes.length) => Math.floor(next() * length)
  const changed = Buffer.from(bytes)
  const way = next()
  if (way < 0.1) return Buffer.from(changed.subarray(0, at()))
  if (way < 0.3) {
    const [from, length] = [at(), at(Math.min(4_096, bytes.length))]
    const stretch = changed.subarray(from, from + length)
    const middle = way < 0.15 ? [] : way < 0.2 ? [stretch, stretch] : [Buffer.alloc(stretch.length, extremes[at(extremes.length)])]
    return Buffer.concat([changed.subarray(0, from), ...middle, changed.subarray(from + length)])
  }
  // Heads and directories are where parsers believe what they read, and they lie near the ends.
  const place = () => next() < 0.5 ? at() : next() < 0.5 ? at(Math.min(1_024, bytes.length)) : bytes.length - 1 - at(Math.min(1_024, bytes.length))
  // Mostly one or two: more of them meet the first check and nothing behind it.
  for (let left = 1 + Math.floor(next() ** 4 * mostBytes); left > 0; left -= 1) {
    const index = place()
    changed[index] = next() < 0.5 ? (changed[index] ?? 0) ^ (1 << at(8)) : extremes[at(extremes.length)] ?? 0
  }
  return changed
}
