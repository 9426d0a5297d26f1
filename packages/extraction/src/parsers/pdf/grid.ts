import { heightOf, lineOf, wideGap, type Area, type Cell, type Row } from './rows.ts'

/** A row, and the number of the one after it in the text. */
export type NextRow = Row & { readonly next: number }

/** A cell goes on in the next line, when that is no further below than this, in heights of a line, and the line before has filled so much of it. */
const [nextLine, filled] = [0.5, 0.6]
/** Cells of a row begin at the same height, or have the same middle, to so many heights of a line. */
const inLine = 0.6
const mostLines = 12

type Stack = Area & { readonly lines: readonly Cell[] }

/** Tells the rows of tables whose cells the file writes one after another, each with all its lines, at most `mostLines`; of all else the rows as they are. */
export function gridOf(text: string, rows: readonly Row[]): (at: number) => NextRow | undefined {
  const known = new Map<number, NextRow>()
  return (at) => {
    const row = rows[at]
    if (row === undefined) return undefined
    const found = known.get(at) ?? gridRow(text, rows, at) ?? { ...row, next: at + 1 }
    known.set(at, found)
    return found
  }
}

/** Whether something at the right of a row of one cell comes before its column is left: lines of sentences, of which pages are full, are told apart by that. */
function hasBeside(rows: readonly Row[], at: number): boolean {
  const row = rows[at]
  if (row === undefined || row.cells.length > 1) return row !== undefined
  for (let next = at + 1; next <= at + mostLines; next += 1) {
    const other = rows[next]
    if (other === undefined) return false
    if (other.left > row.right) return true
    if (Math.abs(other.left - row.left) > lineOf(other.cells[0])) return false
  }
  return false
}

function gridRow(text: string, rows: readonly Row[], at: number): NextRow | null {
  if (!hasBeside(rows, at)) return null
  const stacks = rows[at]?.cells.map((cell): Stack => ({ ...cell, lines: [cell] })) ?? []
  let next = at + 1
  for (let row = rows[next]; row !== undefined; row = rows[next]) {
    const [first, ...others] = row.cells
    const last = stacks.at(-1)
    if (first === undefined || last === undefined || last.lines.length === mostLines) break
    if ((others.length === 0 || stacks.length > 1) && goesOn(text, last, first)) {
      stacks[stacks.length - 1] = { ...around(last, first), lines: [...last.lines, first] }
      stacks.push(...others.map((cell) => ({ ...cell, lines: [cell] })))
    } else if (first.left - last.right >= wideGap * heightOf(first) && isWithin(first, stacks)) {
      stacks.push(...row.cells.map((cell) => ({ ...cell, lines: [cell] })))
    } else break
    next += 1
  }
  const [one] = stacks
  if (next === at + 1 || one === undefined || stacks.length < 2 || !isRow(stacks)) return null
  const cells = stacks.map(({ lines, ...area }): Cell => ({ ...area, runs: lines.flatMap(({ runs }) => runs), words: lines.reduce((sum, { words }) => sum + words, 0) }))
  return { ...stacks.map((stack): Area => stack).reduce(around), cells, next }
}

const around = (a: Area, b: Area): Area =>
  ({ left: Math.min(a.left, b.left), right: Math.max(a.right, b.right), top: Math.min(a.top, b.top), bottom: Math.max(a.bottom, b.bottom) })

/** Whether a line stands right below the last one of a cell, which was long enough to be divided there. */
function goesOn(text: string, { lines, left }: Stack, line: Cell): boolean {
  const last = lines.at(-1)
  if (last === undefined) return false
  const room = line.top - last.bottom
  const width = Math.max(line.right, ...lines.map(({ right }) => right)) - left
  return room > -nextLine * heightOf(line) && room <= nextLine * heightOf(line) && Math.abs(line.left - left) <= heightOf(line)
    && last.right - last.left >= filled * width && /\p{L}/u.test(text.slice(line.runs[0]?.start, line.runs.at(-1)?.end))
}

/** Whether a line may be the first of a cell beside these: a taller one, as they are set in the middle, begins above them. */
const isWithin = ({ top, bottom }: Area, stacks: readonly Area[]): boolean => {
  const [middle, rise] = [(top + bottom) / 2, (mostLines / 2) * (bottom - top)]
  return stacks.some((stack) => middle > stack.top - rise && middle < stack.bottom)
}

/** Whether all cells begin at the same height, or each has its middle where the tallest has it. */
function isRow(stacks: readonly Stack[]): boolean {
  const tallest = stacks.reduce((a, b) => (heightOf(b) > heightOf(a) ? b : a))
  const tolerance = inLine * lineOf(tallest.lines[0])
  return stacks.every(({ top, bottom }) => Math.abs(top - tallest.top) <= tolerance || Math.abs(top + bottom - tallest.top - tallest.bottom) <= 2 * tolerance)
}
