import type { WordBox } from '../../layout/word-boxes.ts'
import { blockAt, type Block } from './blocks.ts'
import { readColumns } from './columns.ts'
import { gridOf, type NextRow } from './grid.ts'
import type { PlacedText } from './page-words.ts'
import { putTogether, type Piece } from './pieces.ts'
import { rowsOf, type Row } from './rows.ts'
import { readTable } from './tables.ts'

/** Letters that run from right to left: their words and columns would be put the wrong way around. */
const fromTheRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
/** Of words of several letters so many stand upright on a page whose lines run across it. */
const mostlyUpright = 0.8

/**
 * The text as a reader takes it, where the file writes it otherwise: columns of sentences one after another that it writes line by line across them, rows of a table each on one
 * line with tabs between cells, marks of lists before their entries. Only what is plain from the places of words is changed. `aspect` is width / height of the page.
 */
export function inReadingOrder(placed: PlacedText, aspect: number): PlacedText {
  const { text, boxes } = placed
  if (fromTheRight.test(text) || !runsAcross(boxes, aspect)) return placed
  const rows = rowsOf(text, boxes, aspect)
  if (rows === null) return placed
  const pieces: Piece[] = []
  let isChanged = false
  const plain = (at: number): NextRow | undefined => (rows[at] === undefined ? undefined : { ...rows[at], next: at + 1 })
  const grid = gridOf(text, rows)
  for (let at = 0; at < rows.length;) {
    const read = readBlock(blockAt(plain, at), (block) => readColumns(text, block)) ?? readBlock(blockAt(grid, at), (block) => readTable(text, block))
    const own = read?.pieces ?? asWritten(text, rows[at])
    isChanged ||= read !== null || own.some(({ after }) => after !== 'same')
    pieces.push(...own)
    at = read?.next ?? at + 1
  }
  return isChanged ? putTogether(placed, pieces) : placed
}

function readBlock(block: Block | null, read: (block: Block) => Piece[] | null): { pieces: Piece[]; next: number } | null {
  const pieces = block === null ? null : read(block)
  return block === null || pieces === null ? null : { pieces, next: block.next }
}

function runsAcross(boxes: readonly WordBox[], aspect: number): boolean {
  let [long, upright] = [0, 0]
  for (const { start, end, left, right, top, bottom } of boxes) {
    if (end - start < 3) continue
    long += 1
    if ((right - left) * aspect * 2 > bottom - top) upright += 1
  }
  return upright >= mostlyUpright * long
}

/** As the file has it, but a mark of a list on the line of its entry. */
function asWritten(text: string, row: Row | undefined): Piece[] {
  return row?.cells.flatMap(({ runs }) => runs.map((run, at): Piece => {
    const before = runs[at - 1]
    return { run, after: before !== undefined && text.slice(before.end, run.start).includes('\n') ? 'word' : 'same' }
  })) ?? []
}
