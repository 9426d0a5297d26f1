import { isListMark } from '../../text/list-marks.ts'
import type { Fonts } from './fonts.ts'
import type { PdfWord, PlacedText } from './page-words.ts'

type Line = {
  readonly end: number
  /** Its first word that is no mark of a list: such signs are of other fonts. */
  readonly first: PdfWord
  /** Of a table, its cells divided by tabs. */
  readonly isRow: boolean
  /** Of a heading in bold letters. */
  readonly isBold: boolean
}

/** Room between two lines beyond what is usual on the page, in heights of a line, that makes them two paragraphs. */
const moreRoom = 0.4
/** Letters so much taller or smaller than those of the line before are a heading, or what follows one. */
const otherSize = 1.15
/** A heading has no more letters, and begins as a sentence does or with a number. */
const headingLike = /^[\p{Lu}\p{Lo}\p{N}"“„«(].{1,99}(?<![,;:])$/u

/**
 * The same text with an empty line between paragraphs. They are told by what a reader sees: more room than there is between most lines of the page, letters of another
 * size, or a line that goes on further up, as at the top of a column. A short line in bold letters among others is a heading, and stands by itself. Rows of a table stay
 * together, however far apart they stand.
 */
export function withParagraphs({ text, boxes }: PlacedText, fonts: Pick<Fonts, 'isBold'>): PlacedText {
  const lines = linesOf({ text, boxes }, fonts)
  const usual = usualRoom(lines)
  // One empty line is enough: where the file has its own, a second would be taken out again and the places after it be wrong.
  const ends = lines.flatMap((line, at) => (text[line.end + 1] !== '\n' && isLast(line, lines[at + 1], usual) ? [line.end] : []))
  let [out, from, added] = ['', 0, 0]
  for (const end of ends) {
    out += `${text.slice(from, end)}\n`
    from = end
  }
  const moved = boxes.map((word) => {
    while ((ends[added] ?? Infinity) <= word.start) added += 1
    return { ...word, start: word.start + added, end: word.end + added }
  })
  return { text: out + text.slice(from), boxes: moved }
}

/** Lines whose first word has a place; `end` is where their line feed stands. */
function linesOf({ text, boxes }: PlacedText, fonts: Pick<Fonts, 'isBold'>): Line[] {
  const lines: Line[] = []
  let word = 0
  for (let start = 0; start < text.length;) {
    const feed = text.indexOf('\n', start)
    const end = feed === -1 ? text.length : feed
    while (word < boxes.length && (boxes[word]?.start ?? 0) < start) word += 1
    const from = word
    const first = boxes[from]
    while (word < boxes.length && (boxes[word]?.start ?? 0) < end) word += 1
    if (first !== undefined && word > from) {
      const [line, words] = [text.slice(start, end), boxes.slice(from, word)]
      const isRow = line.includes('\t')
      const mayBe = !isRow && (headingLike.test(line) || lines.at(-1)?.isBold === true)
      const isBold = mayBe && words.every(({ character }) => fonts.isBold(character))
      lines.push({ end, first: isListMark(text.slice(first.start, first.end)) ? words[1] ?? first : first, isRow, isBold })
    }
    start = end + 1
  }
  return lines
}

const roomBetween = (above: Line, below: Line): number => below.first.top - above.first.bottom
const heightOf = ({ first: { top, bottom } }: Line): number => bottom - top

/** Half of the lines have this room, or less, above them; rows of tables stand as they please. */
function usualRoom(lines: readonly Line[]): number {
  const rooms = lines.slice(1).flatMap((line, at) => {
    const above = lines[at]
    return above === undefined || (line.isRow && above.isRow) || line.first.top <= above.first.top ? [] : [roomBetween(above, line)]
  }).toSorted((a, b) => a - b)
  return rooms[Math.floor((rooms.length - 1) / 2)] ?? 0
}

function isLast(line: Line, next: Line | undefined, usual: number): boolean {
  if (next === undefined || (line.isRow && next.isRow)) return false
  const [height, after] = [heightOf(line), heightOf(next)]
  const beside = next.first.top < line.first.bottom - height / 2 && next.first.bottom > line.first.top + height / 2
  if (beside) return false
  if (next.first.bottom <= line.first.top) return true
  // Between a table and what is around it nothing is usual.
  const expected = line.isRow === next.isRow ? usual : Math.min(usual, 0)
  return roomBetween(line, next) > expected + moreRoom * Math.min(height, after) || Math.max(height, after) > otherSize * Math.min(height, after) || line.isBold !== next.isBold
}
