import type { Flow } from './flow.ts'

/** What the cells of a row show, which may stand for several like it. */
type Row = { repeats: number; shown: string[] }
type OpenCell = { repeats: number; text: string; value: string | undefined }

/** Repeated cells and rows beyond these are padding of the sheet, not words. */
const maxRepeats = 20

const repeated = (value: string | undefined) => Math.min(maxRepeats, Math.max(1, Number(value ?? 1) || 1))

/** The cells of an OpenDocument part that are open, one within another; what the outermost shows goes to the flow as it ends. */
export function createOdfCells(flow: () => Flow) {
  const open: OpenCell[] = []
  let row: Row = { repeats: 1, shown: [] }
  let noted = 0
  const put = (shown: string) => {
    flow().add(shown)
    flow().cell()
  }
  const end = (): void => {
    const cell = open.pop()
    const shown = cell === undefined ? '' : shownOf(cell)
    if (cell === undefined || shown === '') return
    const outer = open.at(-1)
    if (outer !== undefined) {
      outer.text += `${shown} `
      return
    }
    for (let times = 0; times < cell.repeats; times += 1) {
      put(shown)
      row.shown.push(shown)
    }
  }
  return {
    /** Whether words that come now are of a cell. */
    takes: (): boolean => open.length > 0 && noted === 0,
    /** The last character of the open cell. */
    last: (): string => open.at(-1)?.text.slice(-1) ?? '',
    add(text: string): void {
      const cell = open.at(-1)
      if (cell !== undefined) cell.text += text
    },
    open(attributes: Record<string, string>): void {
      open.push({ repeats: repeated(attributes['number-columns-repeated']), text: '', value: attributes['value-type'] === 'float' ? attributes['value'] : undefined })
    },
    end,
    row(attributes: Record<string, string>): void {
      if (open.length === 0) row = { repeats: repeated(attributes['number-rows-repeated']), shown: [] }
    },
    /** Ends a row; the outermost is written as often as it says, unless its cells show nothing. */
    endRow(): void {
      flow().row()
      if (open.length > 0 || row.shown.length === 0) return
      for (let times = 1; times < row.repeats; times += 1) {
        row.shown.forEach(put)
        flow().row()
      }
    },
    /** A note begins, which is no part of what a cell shows: it comes after the row. */
    note(): void {
      flow().float()
      noted += 1
    },
    noteEnd(): void {
      noted = Math.max(0, noted - 1)
      flow().land()
    },
  }
}

/** `1.23E+14` and `###` are how a narrow column shows a number that the file knows exactly. */
function shownOf({ text, value }: OpenCell): string {
  const shown = text.trim()
  return value !== undefined && /^-?\d[\d.,]*E[+-]?\d+$|^#+$/.test(shown) ? value : shown
}
