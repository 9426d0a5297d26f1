import type { NextRow } from './grid.ts'
import { lineOf, wideGap, type Area, type Cell, type Row } from './rows.ts'

/** White space that runs down between cells of rows that follow each other. */
type Gutter = { readonly left: number; readonly right: number }

/** Rows that stand one below the other and have white space running down between their cells. */
export type Block = {
  readonly rows: readonly Row[]
  readonly gutters: readonly Gutter[]
  /** The usual room between two rows, in heights of the page. */
  readonly room: number
  /** The number of the row after its last. */
  readonly next: number
}

/** More room than this between two rows, in heights of a row: they do not belong together. */
const farApart = 3
/** A row of one cell after the last that has several goes on in its column when no further below than usual by so much: a paragraph that begins there belongs to what follows. */
const [goesOn, paragraph] = [0.5, 2]
const mostRows = 400

const middleOf = ({ top, bottom }: Area): number => (top + bottom) / 2
export const roomBetween = (above: Area, below: Area): number => below.top - above.bottom
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0

/** The block that begins with row `at`; null where no white space runs down from it. */
export function blockAt(rowAt: (at: number) => NextRow | undefined, at: number): Block | null {
  const first = rowAt(at)
  if (first === undefined || first.cells.length < 2) return null
  const least = wideGap * lineOf(first.cells[0])
  let gutters = first.cells.slice(1).flatMap((cell, before) => gutterBetween(first.cells[before], cell))
  const rows = [first]
  let row = rowAt(first.next)
  for (let above = first; row !== undefined && rows.length < mostRows; row = rowAt(row.next)) {
    if (middleOf(row) <= middleOf(above) || roomBetween(above, row) > farApart * lineOf(row.cells[0])) break
    const of = row
    const left = gutters.map((gutter) => narrowed(gutter, of)).filter((gutter) => gutter.right - gutter.left >= least)
    if (left.length === 0) break
    gutters = left
    rows.push(row)
    above = row
  }
  return whole(rows, gutters, row)
}

const gutterBetween = (before: Cell | undefined, after: Cell): Gutter[] => (before === undefined ? [] : [{ left: before.right, right: after.left }])

/** What of a gutter no cell of a row stands in: the widest part. */
function narrowed(gutter: Gutter, { cells }: Row): Gutter {
  let [free, from] = [{ left: 0, right: 0 }, gutter.left]
  const keep = (right: number) => { if (right - from > free.right - free.left) free = { left: from, right } }
  for (const { left, right } of cells) {
    keep(Math.min(left, gutter.right))
    from = Math.max(from, right)
  }
  keep(gutter.right)
  return free
}

/** Without the rows at its end that belong to what follows. */
function whole(rows: readonly NextRow[], gutters: readonly Gutter[], next: Row | undefined): Block | null {
  const last = rows.findLastIndex(({ cells }) => cells.length > 1)
  const room = median(rows.slice(1).flatMap((row, above) => (rows[above] === undefined ? [] : [roomBetween(rows[above], row)])))
  const isFollowed = next !== undefined && middleOf(next) > middleOf(rows.at(-1) ?? next)
  let end = last + 1
  for (; end < rows.length; end += 1) {
    const [row, above] = [rows[end], rows[end - 1]]
    if (row === undefined || above === undefined || roomBetween(above, row) > room + (isFollowed ? goesOn : paragraph) * lineOf(row.cells[0])) break
  }
  const taken = rows.slice(0, end)
  return last < 1 ? null : { rows: taken, gutters, room, next: taken.at(-1)?.next ?? 0 }
}

/** The number of the column that a cell stands in, from the left. */
export const columnOf = (cell: Area, gutters: readonly Gutter[]): number => gutters.filter(({ left, right }) => cell.left >= (left + right) / 2).length
