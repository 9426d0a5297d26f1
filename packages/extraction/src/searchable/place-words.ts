import type { WordBox } from '../layout/word-boxes.ts'

/** Where lines run: quarters of a turn clockwise from left to right. */
export type Quarters = 0 | 1 | 2 | 3
/** A word as it is written onto the page: its letters as the eye meets them along the line, in a rectangle in fractions of the page as it is shown. */
export type PlacedWord = { readonly letters: string; readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }
export type PlacedWords = { readonly quarters: Quarters; readonly words: readonly PlacedWord[] }

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

/** A line is level where it is not much higher than its highest word: then all its words are written as high, so that a reader sees one line. */
const mostRise = 1.5

function levelled(line: readonly WordBox[], isUpright: boolean): readonly WordBox[] {
  const [low, high] = isUpright ? ['top', 'bottom'] as const : ['left', 'right'] as const
  const [from, to] = [Math.min(...line.map((box) => box[low])), Math.max(...line.map((box) => box[high]))]
  const tallest = Math.max(...line.map((box) => box[high] - box[low]))
  return to - from > tallest * mostRise ? line : line.map((box) => ({ ...box, [low]: from, [high]: to }))
}

/** How the words of a page are written over it, in the order of its text, as far as they have places. Those outside of the text are left out. */
export function placeWords(text: string, boxes: readonly WordBox[]): PlacedWords {
  const lines = linesOf(text, boxes)
  const quarters = quartersOf(text, lines)
  const words = lines.flatMap((line) => levelled(line, quarters % 2 === 0)).flatMap(({ start, end, ...place }) => {
    const letters = seen(text.slice(start, end).trim())
    return letters === '' || place.right <= place.left || place.bottom <= place.top ? [] : [{ letters, left: place.left, top: place.top, right: place.right, bottom: place.bottom }]
  })
  return { quarters, words }
}

export type Matrix = readonly [number, number, number, number, number, number]
/** A rectangle in the units of a page, which count from the bottom. */
export type Sheet = { readonly left: number; readonly bottom: number; readonly right: number; readonly top: number }

/**
 * What turns a letter's square (1 wide for the whole word, 1 high, from its lower left corner) into the word's rectangle on a sheet that is shown as it is: a text matrix
 * but for the font's own width.
 */
export function matrixOf({ left, top, right, bottom }: PlacedWord, quarters: Quarters, sheet: Sheet): Matrix {
  const [across, up] = [(x: number) => sheet.left + x * (sheet.right - sheet.left), (y: number) => sheet.top - y * (sheet.top - sheet.bottom)]
  const [wide, high] = [(right - left) * (sheet.right - sheet.left), (bottom - top) * (sheet.top - sheet.bottom)]
  switch (quarters) {
    case 0: return [wide, 0, 0, high, across(left), up(bottom)]
    case 1: return [0, -high, wide, 0, across(left), up(top)]
    case 2: return [-wide, 0, 0, -high, across(right), up(top)]
    case 3: return [0, high, -wide, 0, across(right), up(bottom)]
  }
}
