import { createLineBuffer, type LineBuffer } from '../text/line-buffer.ts'

/** A cell of several lines is a field of its row up to here, for which its lines are joined; one of more is a part of the page, as in letters that are laid out by tables. */
const field = { lines: 6, characters: 300 }
/** Cells within cells; what is deeper belongs to the cell around it. Each level is copied once more as it ends. */
const deepest = 16
/** What makes a cell a part of the page, however short it is. */
const parts = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'li', 'pre'])

/** `shown`: as a field of a row; null where it is a part of the page. */
type Cell = { readonly text: string; readonly shown: string | null }
type OpenCell = { readonly buffer: LineBuffer; isPart: boolean }
type Row = { readonly cells: Cell[]; readonly depth: number }

/** Where the words of a page of HTML go: to the page, or to the cell of a table that is open. What a row is, is told when it ends. */
export function createHtmlFlow() {
  const bottom = createLineBuffer()
  const open: OpenCell[] = []
  const rows: Row[] = []
  let deeper = 0
  const top = (): LineBuffer => open.at(-1)?.buffer ?? bottom
  /** The row that the innermost cell stands in, or the next one will. */
  const row = (): Row | undefined => (rows.at(-1)?.depth === open.length ? rows.at(-1) : undefined)

  function closeRow(): void {
    const last = row()
    if (last === undefined) return
    rows.pop()
    writeRow(top(), last.cells)
  }

  function closeCell(): void {
    if (deeper > 0) {
      deeper -= 1
      return top().add('\t')
    }
    const cell = open.at(-1)
    if (cell === undefined) return
    // Rows within it that were not closed.
    closeRow()
    open.pop()
    const text = cell.buffer.text().replace(/^\n+/, '').trimEnd()
    const closed = { text, shown: shownAs(text, cell.isPart) }
    const inRow = row()
    if (inRow === undefined) writeRow(top(), [closed])
    else inRow.cells.push(closed)
  }

  return {
    top,
    openRow(): void {
      closeRow()
      rows.push({ cells: [], depth: open.length })
    },
    closeRow,
    openCell(): void {
      if (open.length < deepest) open.push({ buffer: createLineBuffer(), isPart: false })
      else deeper += 1
    },
    closeCell,
    /** An element begins in the open cell. */
    note(name: string): void {
      const cell = open.at(-1)
      if (cell !== undefined && parts.has(name)) cell.isPart = true
    },
    text(): string {
      while (open.length > 0 || deeper > 0) closeCell()
      closeRow()
      return bottom.text()
    },
  }
}

function shownAs(text: string, isPart: boolean): string | null {
  if (isPart || text.includes('\t')) return null
  if (!text.includes('\n')) return text.trim()
  if (text.length > field.characters) return null
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  return lines.length > field.lines ? null : lines.join(' ')
}

/** A row of fields on a line; of any other its parts one below the other, and fields that are beside each other on a line. */
function writeRow(out: LineBuffer, cells: readonly Cell[]): void {
  const told = cells.filter(({ text }) => text !== '')
  if (told.length > 1 && told.every(({ shown }) => shown !== null)) return out.add(cells.map(({ shown }) => shown ?? '').join('\t'))
  let line = ''
  const flush = (): void => {
    if (line === '') return
    out.fresh(false)
    out.add(line)
    line = ''
  }
  for (const { text, shown } of told) {
    if (shown !== null && told.length > 1) line += line === '' ? shown : `\t${shown}`
    else {
      flush()
      out.fresh(told.length > 1 || text.includes('\n'))
      out.add(text)
      out.fresh(text.includes('\n'))
    }
  }
  flush()
}
