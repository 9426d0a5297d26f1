import type { WordBox } from '../layout/word-boxes.ts'

/** As in a text matrix of PDF: where a unit to the right, a unit upwards, and the beginning come to lie. */
export type Matrix = readonly [number, number, number, number, number, number]
/** A word as it is written onto a page: its letters as the eye meets them along the line, and what brings a square of one unit, in which they stand, over it. */
export type PlacedWord = { readonly letters: string; readonly matrix: Matrix }
/** Of a page as it is shown, in points. */
export type PageSize = { readonly width: number; readonly height: number }
/** Where lines run: quarters of a turn clockwise from left to right. */
type Quarters = 0 | 1 | 2 | 3

const fromTheRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
const runsTheOtherWay = /[\p{N}\p{Script=Latin}][\p{N}\p{Script=Latin}.,:/-]*(?<=[\p{N}\p{Script=Latin}])|.\p{M}*/gsu

/** Letters from left to right. Words of Hebrew or Arabic stand the other way round in text, their numbers do not. */
const seen = (word: string): string => (fromTheRight.test(word) ? (word.match(runsTheOtherWay) ?? []).toReversed().join('') : word)

/** How often a word stands right of, below, left of and above the one before it. */
type Votes = [number, number, number, number]

function vote(votes: Votes, before: WordBox, after: WordBox): void {
  const across = (after.left + after.right - before.left - before.right) / 2
  const down = (after.top + after.bottom - before.top - before.bottom) / 2
  if (Math.abs(across) >= Math.abs(down)) votes[across >= 0 ? 0 : 2] += 1
  else votes[down >= 0 ? 1 : 3] += 1
}

function linesOf(text: string, boxes: readonly WordBox[]): WordBox[][] {
  const lines: WordBox[][] = []
  let end = 0
  for (const box of boxes) {
    if (lines.length === 0 || text.slice(end, box.start).includes('\n')) lines.push([])
    lines.at(-1)?.push(box)
    end = box.end
  }
  return lines
}

function quartersOf(text: string, lines: readonly (readonly WordBox[])[]): Quarters {
  const votes: Votes = [0, 0, 0, 0]
  for (const line of lines) for (const [at, box] of line.slice(1).entries()) vote(votes, line[at] ?? box, box)
  const most = votes.indexOf(Math.max(...votes)) as Quarters
  const [letters, others] = [text.match(/\p{L}/gu)?.length ?? 0, text.match(new RegExp(fromTheRight, 'g'))?.length ?? 0]
  // Where letters run from the right, so do words on a page that is upright.
  const turned = others * 2 > letters ? ([2, 3, 0, 1] as const)[most] : most
  return votes[most] === 0 ? 0 : turned
}

const middleOf = ({ left, right, top, bottom }: WordBox) => ({ x: (left + right) / 2, y: (top + bottom) / 2 })
/** Slopes, in radians: what is less is none, and what is more is no slope of a scan. */
const [leastSlope, mostSlope] = [0.009, 0.35]
/** Lines shorter than this part of a page tell none. */
const longLine = 0.2

/** By how much lines fall away from their direction, clockwise: the middle one of all long lines. */
function slopeOf(lines: readonly (readonly WordBox[])[], quarters: Quarters, { width, height }: PageSize): number {
  const long = (quarters % 2 === 0 ? width : height) * longLine
  const slopes = lines.flatMap((line) => {
    const [first, last] = [line[0], line.at(-1)]
    if (first === undefined || last === undefined) return []
    const [from, to] = [middleOf(first), middleOf(last)]
    const [across, down] = [to.x - from.x, to.y - from.y]
    const [along, away] = quarters % 2 === 0 ? [across, down] : [down, -across]
    return Math.abs(along) < long ? [] : [Math.atan(away / along)]
  }).toSorted((a, b) => a - b)
  const slope = slopes[Math.floor(slopes.length / 2)] ?? 0
  return Math.abs(slope) < leastSlope || Math.abs(slope) > mostSlope ? 0 : slope
}

/** A line is level where it is not much higher than its highest word: then all its words are written as high, so that a reader sees one line. */
const mostRise = 1.5

function levelled(line: readonly WordBox[], isUpright: boolean): readonly WordBox[] {
  const [low, high] = isUpright ? ['top', 'bottom'] as const : ['left', 'right'] as const
  const [from, to] = [Math.min(...line.map((box) => box[low])), Math.max(...line.map((box) => box[high]))]
  const tallest = Math.max(...line.map((box) => box[high] - box[low]))
  return to - from > tallest * mostRise ? line : line.map((box) => ({ ...box, [low]: from, [high]: to }))
}

/** Of a rectangle that lies aslant, length and height, told by those of the upright one around it; where that is around less than it says, a part of them. */
function sidesOf([along, across]: readonly [number, number], slope: number): [number, number] {
  if (slope === 0) return [along, across]
  const [cos, sin] = [Math.cos(slope), Math.abs(Math.sin(slope))]
  const both = cos * cos - sin * sin
  return [Math.max((along * cos - across * sin) / both, along / 4), Math.max((across * cos - along * sin) / both, across / 4)]
}

/** Not turned by the slope: readers take letters for words of their own whose baselines differ by half a point, as Poppler does. */
function matrixOf(box: WordBox, { quarters, slope, height }: { quarters: Quarters; slope: number; height: number }): Matrix {
  const [wide, high] = [box.right - box.left, box.bottom - box.top]
  const [length, tall] = sidesOf(quarters % 2 === 0 ? [wide, high] : [high, wide], slope)
  const [cos, sin] = ([[1, 0], [0, 1], [-1, 0], [0, -1]] as const)[quarters]
  // Points of PDF count from the bottom.
  const [a, b, c, d] = [length * cos, -length * sin, tall * sin, tall * cos]
  const { x, y } = middleOf(box)
  return [a, b, c, d, x - (a + c) / 2, height - y - (b + d) / 2]
}

/** How the words of a page are written over it, in the order of its text, as far as they have places. Those outside of the text are left out. */
export function placeWords(text: string, boxes: readonly WordBox[], { width, height }: PageSize): PlacedWord[] {
  const lines = linesOf(text, boxes.map((box) => ({ ...box, left: box.left * width, right: box.right * width, top: box.top * height, bottom: box.bottom * height })))
  const quarters = quartersOf(text, lines)
  const slope = slopeOf(lines, quarters, { width, height })
  return lines.flatMap((line) => (slope === 0 ? levelled(line, quarters % 2 === 0) : line)).flatMap((box) => {
    const letters = seen(text.slice(box.start, box.end).trim())
    return letters === '' || box.right <= box.left || box.bottom <= box.top ? [] : [{ letters, matrix: matrixOf(box, { quarters, slope, height }) }]
  })
}
