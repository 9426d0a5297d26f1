import { columnOf, median, roomBetween, type Block } from './blocks.ts'
import type { Piece } from './pieces.ts'
import { heightOf, type Cell } from './rows.ts'

type Line = { readonly row: number; readonly cells: readonly Cell[] }
type Column = readonly Line[]

/** Of sentences that run through a column: so many lines at least, words to a line, and parts of the column's width that half of the lines fill. */
const least = { lines: 4, words: 3, filled: 0.7 }
/** Of their lines so many begin within a sentence, with a small letter; cells of a table begin with capitals and figures. Of their words so many are words. */
const [begun, worded] = [0.3, 0.75]
/** Room beyond what is usual, in heights of a line, that divides paragraphs. */
const moreRoom = 0.4

/**
 * The pieces of a block in which columns of sentences stand side by side, column after column. Where the lines of all columns are divided at the same heights, and nowhere else,
 * they are cells: then row after row. null where they are no sentences.
 */
export function readColumns(text: string, block: Block): Piece[] | null {
  const columns = columnsOf(block)
  if (columns.length < 2 || !columns.every((column) => isProse(text, column))) return null
  const cuts = sharedCuts(block)
  if (cuts.length > 1 && columns.every((column) => isCutOnlyAt(column, cuts, block.room))) return rowByRow(columns, [...cuts, block.rows.length])
  return columns.flatMap((column) => piecesOf(column, 'flow'))
}

function columnsOf({ rows, gutters }: Block): Column[] {
  const columns: Line[][] = Array.from({ length: gutters.length + 1 }, () => [])
  for (const [row, { cells }] of rows.entries()) {
    for (const [number, column] of columns.entries()) {
      const own = cells.filter((cell) => columnOf(cell, gutters) === number)
      if (own.length > 0) column.push({ row, cells: own })
    }
  }
  return columns
}

const leftOf = ({ cells }: Line): number => cells[0]?.left ?? 0
const rightOf = ({ cells }: Line): number => cells.at(-1)?.right ?? 0

function isProse(text: string, column: Column): boolean {
  if (column.length < least.lines) return false
  const width = Math.max(...column.map(rightOf)) - Math.min(...column.map(leftOf))
  const texts = column.map(({ cells }) => text.slice(cells[0]?.runs[0]?.start, cells.at(-1)?.runs.at(-1)?.end))
  const words = texts.flatMap((line) => line.split(/\s+/))
  return words.length >= least.words * column.length
    && median(column.map((line) => rightOf(line) - leftOf(line))) >= least.filled * width
    && texts.filter((line) => /^\p{Ll}/u.test(line)).length >= begun * texts.length
    && words.filter((word) => /\p{L}/u.test(word)).length >= worded * words.length
}

/** Rows before which all columns have more room than is usual. */
function sharedCuts({ rows, room }: Block): number[] {
  return rows.flatMap((row, at) => {
    const above = rows[at - 1]
    return above !== undefined && roomBetween(above, row) > room + moreRoom * heightOf(row) ? [at] : []
  })
}

function isCutOnlyAt(column: Column, cuts: readonly number[], room: number): boolean {
  return column.every((line, at) => {
    const above = column[at - 1]
    const [cell, before] = [line.cells[0], above?.cells[0]]
    if (above === undefined || cell === undefined || before === undefined) return true
    return roomBetween(before, cell) <= room + moreRoom * heightOf(cell) || cuts.some((cut) => cut > above.row && cut <= line.row)
  })
}

function rowByRow(columns: readonly Column[], cuts: readonly number[]): Piece[] {
  return cuts.flatMap((end, at) => {
    const from = cuts[at - 1] ?? 0
    const cells = columns.map((column) => piecesOf(column.filter(({ row }) => row >= from && row < end), 'word')).filter((pieces) => pieces.length > 0)
    return cells.flatMap(([first, ...rest], number): Piece[] => (first === undefined ? [] : [{ ...first, after: number === 0 ? 'line' : 'cell' }, ...rest]))
  })
}

const piecesOf = (column: Column, after: 'flow' | 'word'): Piece[] =>
  column.flatMap(({ cells }) => cells.flatMap(({ runs }) => runs).map((run, at): Piece => ({ run, after: at === 0 ? after : 'word' })))
