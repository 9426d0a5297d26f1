/**
 * A place on a page, in fractions of its width and height as it is shown (turned as the file says), from the left and from the top, 0 to 1. Fractions fit a
 * picture of any size, and a page of pixels has no points.
 */
export type Box = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

/**
 * A word, or the part of one that stands on one line: its characters of the page's text (UTF-16 code units, end exclusive) and where it stands.
 * Those of a page are in the order of the text and do not overlap in it.
 */
export type WordBox = Box & { readonly start: number; readonly end: number }

/** Words of one page whose places are kept; on more no eye finds one. */
export const mostWords = 50_000
/** Steps that a page's width and height are divided into: a fiftieth of a millimetre on A4. */
const steps = 10_000
/** A number takes three bytes at most unless it counts characters, and none takes more than five. */
const mostBytes = 5

/** Six numbers a word, each told as its difference to what is to be expected after the word before, in as many bytes as it needs: about 8 a word. */
export function packBoxes(words: readonly WordBox[]): Buffer {
  const bytes: number[] = []
  const put = (value: number) => {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
    bytes.push(rest)
  }
  const putSigned = (value: number) => put(value < 0 ? -2 * value - 1 : 2 * value)
  let last = origin
  for (const word of words.slice(0, mostWords)) {
    const next = { end: word.end, left: inSteps(word.left), top: inSteps(word.top), right: inSteps(word.right), bottom: inSteps(word.bottom) }
    put(word.start - last.end)
    put(word.end - word.start)
    putSigned(next.left - last.right)
    putSigned(next.top - last.top)
    put(next.right - next.left)
    putSigned(next.bottom - next.top - (last.bottom - last.top))
    last = next
  }
  return Buffer.from(bytes)
}

const origin = { end: 0, left: 0, top: 0, right: 0, bottom: 0 }
const inSteps = (fraction: number): number => Math.round(Math.min(1, Math.max(0, fraction)) * steps)

/** What `packBoxes` made. Takes bytes of anybody. @throws RangeError where they are no places of words */
export function unpackBoxes(bytes: Uint8Array): WordBox[] {
  const words: WordBox[] = []
  let at = 0
  const take = (): number => {
    let value = 0
    for (let shift = 0; shift < mostBytes; shift += 1) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value += (byte & 127) * 128 ** shift
      if (byte < 128) return value
    }
    throw new RangeError('a number without an end')
  }
  const takeSigned = (): number => {
    const value = take()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  let last = origin
  while (at < bytes.length) {
    const start = last.end + take()
    const end = start + take()
    const left = last.right + takeSigned()
    const top = last.top + takeSigned()
    const right = left + take()
    const bottom = top + (last.bottom - last.top) + takeSigned()
    const isPlace = end > start && left >= 0 && top >= 0 && right <= steps && top <= bottom && bottom <= steps
    if (!isPlace || words.length === mostWords) throw new RangeError(`word ${words.length + 1} has no place on the page`)
    words.push({ start, end, left: left / steps, top: top / steps, right: right / steps, bottom: bottom / steps })
    last = { end, left, top, right, bottom }
  }
  return words
}
