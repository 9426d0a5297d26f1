import type { Flow } from './flow.ts'

type OpenCell = { repeats: number; text: string; value: string | undefined }

/** Repeated cells beyond these are padding of the sheet, not words. */
const maxRepeats = 20

const repeated = (value: string | undefined) => Math.min(maxRepeats, Math.max(1, Number(value ?? 1) || 1))

/** The cells of an OpenDocument part that are open, one within another; what the outermost shows goes to the flow as it ends. */
export function createOdfCells(flow: () => Flow) {
  const open: OpenCell[] = []
  let noted = 0
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
      flow().add(shown)
      flow().cell()
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
    endRow: (): void => flow().row(),
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
