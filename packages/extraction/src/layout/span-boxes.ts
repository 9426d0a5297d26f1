import type { Box, WordBox } from './word-boxes.ts'

type Span = { readonly start: number; readonly end: number }

/** Words this near each other, in page widths, are drawn as one; columns and cells are further apart. */
const nearby = 0.03
/** Letters that run from right to left: how far into a word a part of it stands cannot be told from its number. */
const fromTheRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** Where a span of a page's text stands: a rectangle for each line, or part of one, that it takes. Empty where none of its words has a place. */
export function boxesOfSpan(text: string, words: readonly WordBox[], { start, end }: Span): Box[] {
  const boxes: Box[] = []
  for (let at = firstAfter(words, start); at < words.length; at += 1) {
    const word = words[at]
    if (word === undefined || word.start >= end) break
    const box = partOf(text, word, { start: Math.max(start, word.start), end: Math.min(end, word.end) })
    const last = boxes.at(-1)
    if (last !== undefined && goOn(last, box)) boxes[boxes.length - 1] = around(last, box)
    else boxes.push(box)
  }
  return boxes
}

/** The number of the first word that ends after `start`; they are in order. */
function firstAfter(words: readonly WordBox[], start: number): number {
  let [low, high] = [0, words.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((words[middle]?.end ?? 0) > start) high = middle
    else low = middle + 1
  }
  return low
}

/** The place of some characters of a word, taken for equally wide. A word of several letters that is taller than wide on the page runs downwards. */
function partOf(text: string, { start, end, left, top, right, bottom }: WordBox, part: Span): Box {
  if ((part.start === start && part.end === end) || fromTheRight.test(text.slice(start, end))) return { left, top, right, bottom }
  const [from, to] = [(part.start - start) / (end - start), (part.end - start) / (end - start)]
  const [width, height] = [right - left, bottom - top]
  return height > width * 2
    ? { left, top: top + height * from, right, bottom: top + height * to }
    : { left: left + width * from, top, right: left + width * to, bottom }
}

const around = (a: Box, b: Box): Box =>
  ({ left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) })

/** Whether `b` stands on the line of `a`, close to it. */
function goOn(a: Box, b: Box): boolean {
  const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  const apart = Math.max(b.left - a.right, a.left - b.right)
  return shared > Math.min(a.bottom - a.top, b.bottom - b.top) / 2 && apart < nearby
}
