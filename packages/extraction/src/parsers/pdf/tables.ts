import { columnOf, roomBetween, type Block } from './blocks.ts'
import type { Piece } from './pieces.ts'
import { lineOf, type Cell, type Row } from './rows.ts'

/** Rows with several cells, at least, and the part of a block's rows that they are. */
const [leastRows, mostlyRows] = [3, 0.6]
/** Part of the rows that have a cell in line with those of others, by their left edges, their right ones or their middles, to so many heights of a line. */
const [inLine, aligned] = [0.6, 0.4]
/** A cell goes on in the next line, when that is no further below than this, in heights of a line, and the cell's last line had filled so much of its column. */
const [nextLine, full] = [0.5, 0.75]
/** Part of the cells that hold words or figures. */
const told = 0.7

/** The pieces of a block that is a table, a row on a line. null where its cells are not in line. */
export function readTable(text: string, block: Block): Piece[] | null {
  const several = block.rows.filter(({ cells }) => cells.length > 1)
  if (several.length < leastRows || several.length < mostlyRows * block.rows.length || !isAligned(several) || !isTold(text, block)) return null
  const rows: Cell[][][] = []
  let above: Row | undefined
  for (const row of block.rows) {
    const goesOn = above === undefined ? undefined : continued(text, { row, above, cells: rows.at(-1) ?? [], block })
    if (goesOn === undefined) rows.push(row.cells.map((cell) => [cell]))
    else goesOn.push(...row.cells)
    above = row
  }
  return rows.flatMap((row) => row.flatMap((cell, column) => piecesOf(cell, column === 0 ? 'line' : 'cell')))
}

const piecesOf = (cell: readonly Cell[], after: 'line' | 'cell'): Piece[] =>
  cell.flatMap(({ runs }) => runs).map((run, at): Piece => ({ run, after: at === 0 ? after : 'word' }))

/** Whether cells stand in two columns: in line with each other, and none in both. White space alone does not tell, as it may be wide between two columns and narrow between others. */
function isAligned(rows: readonly Row[]): boolean {
  const edges: ((cell: Cell) => number)[] = [({ left }) => left, ({ right }) => right, ({ left, right }) => (left + right) / 2]
  const least = Math.max(leastRows, inLine * rows.length)
  const columns = edges.flatMap((edge) => inLineBy(edge, rows.flatMap(({ cells }) => cells))).filter((column) => column.size >= least)
  return columns.some((one, at) => columns.slice(at + 1).some((other) => [...other].every((cell) => !one.has(cell))))
}

function inLineBy(edge: (cell: Cell) => number, cells: readonly Cell[]): Set<Cell>[] {
  const columns: Set<Cell>[] = []
  let from = -Infinity
  for (const cell of cells.toSorted((a, b) => edge(a) - edge(b))) {
    if (edge(cell) - from > aligned * lineOf(cell)) {
      from = edge(cell)
      columns.push(new Set())
    }
    columns.at(-1)?.add(cell)
  }
  return columns
}

/** Whether the file has rows on lines of their own, and words or figures in most cells: not so the scraps of a drawing. */
function isTold(text: string, { rows }: Block): boolean {
  const texts = rows.flatMap(({ cells }) => cells.map(({ runs }) => text.slice(runs[0]?.start, runs.at(-1)?.end)))
  return texts.filter((cell) => /\d|\p{L}.*\p{L}|\p{Lo}/u.test(cell)).length >= told * texts.length && rows.slice(1).every(({ cells }, above) => {
    const [before, after] = [rows[above]?.cells.at(-1)?.runs.at(-1)?.end ?? 0, cells[0]?.runs[0]?.start ?? 0]
    return text.slice(before, after).includes('\n')
  })
}

type Continued = { row: Row; above: Row; cells: readonly Cell[][]; block: Block }

/** The cell that a row of one cell goes on with: it stands below its last line, which is full, in any column but the first. */
function continued(text: string, { row, above, cells, block: { rows, gutters } }: Continued): Cell[] | undefined {
  const [only] = row.cells
  if (only === undefined || row.cells.length > 1 || roomBetween(above, row) > nextLine * lineOf(only)) return undefined
  const column = columnOf(only, gutters)
  const cell = cells.find(([first], at) => at > 0 && first !== undefined && columnOf(first, gutters) === column)
  const last = cell?.at(-1)
  if (last === undefined || Math.abs(last.left - only.left) > lineOf(only) || !/\p{L}/u.test(text.slice(only.runs[0]?.start, only.runs.at(-1)?.end))) return undefined
  const same = rows.flatMap((of) => of.cells).filter((of) => columnOf(of, gutters) === column)
  const width = Math.max(...same.map(({ right }) => right)) - last.left
  return last.right - last.left >= full * width ? cell : undefined
}
