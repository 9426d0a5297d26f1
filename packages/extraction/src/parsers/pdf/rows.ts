import type { WordBox } from '../../layout/word-boxes.ts'
import { isListMark, isSectionNumber } from '../../text/list-marks.ts'

/** Lengths across are in heights of the page as those down are, so that both compare. */
export type Area = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }

/** Words that follow each other in the text and stand close together on one line: `start` to `end` of the text, the boxes `from` to `to`, ends exclusive. */
export type Run = Area & { readonly start: number; readonly end: number; readonly from: number; readonly to: number }

/** What stands together: a run, or the mark of a list and the run behind it. */
export type Cell = Area & { readonly runs: readonly Run[]; readonly words: number }

/** What stands on one line of the page and follows each other in the text from left to right. */
export type Row = Area & { readonly cells: readonly Cell[] }

/** Room between two words, in heights of a line, that is more than the space between words of a sentence. */
export const wideGap = 0.8
/** A mark and its entry are as near as this, in heights of a line. */
const markGap = 4

type Upright = Pick<Area, 'top' | 'bottom'>

export const heightOf = ({ top, bottom }: Upright): number => bottom - top

/** The height of a line of a cell. */
export const lineOf = (cell: Cell | undefined): number => heightOf(cell?.runs[0] ?? { top: 0, bottom: 0 })

const isBeside = (a: Upright, b: Upright): boolean =>
  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(heightOf(a), heightOf(b)) / 2

const around = (a: Area, b: Area): Area =>
  ({ left: Math.min(a.left, b.left), right: Math.max(a.right, b.right), top: Math.min(a.top, b.top), bottom: Math.max(a.bottom, b.bottom) })

/** The rows of a page in the order of its text; null where a word has no place, so that it could not be taken along. `aspect` is width / height. */
export function rowsOf(text: string, boxes: readonly WordBox[], aspect: number): Row[] | null {
  const runs = runsOf(text, boxes, aspect)
  if (runs === null) return null
  const rows: Row[] = []
  let line: Run[] = []
  for (const run of runs) {
    const last = line.at(-1)
    if (last !== undefined && !(run.left >= last.right && isBeside(last, run))) {
      rows.push(rowOf(text, line))
      line = []
    }
    line.push(run)
  }
  if (line.length > 0) rows.push(rowOf(text, line))
  return rows
}

/** Grown word by word: a page has thousands, and an object for each would cost more than all the rest. */
type Growing = { -readonly [key in keyof Run]: Run[key] }

function runsOf(text: string, boxes: readonly WordBox[], aspect: number): Run[] | null {
  const runs: Growing[] = []
  let last: Growing | undefined
  let [end, before] = [0, 0]
  for (const [at, word] of boxes.entries()) {
    if (word.start > end && text.slice(end, word.start).trim() !== '') return null
    const [left, right, height] = [word.left * aspect, word.right * aspect, word.bottom - word.top]
    const gap = left - before
    if (last !== undefined && gap < wideGap * height && gap > -height / 2 && isBeside(last, word)) {
      last.end = word.end
      last.to = at + 1
      last.left = Math.min(last.left, left)
      last.right = Math.max(last.right, right)
      last.top = Math.min(last.top, word.top)
      last.bottom = Math.max(last.bottom, word.bottom)
    } else runs.push(last = { start: word.start, end: word.end, from: at, to: at + 1, left, right, top: word.top, bottom: word.bottom })
    end = word.end
    before = right
  }
  return text.slice(end).trim() === '' ? runs : null
}

function rowOf(text: string, runs: readonly Run[]): Row {
  const cells: Cell[] = []
  let mark: Run | null = null
  for (const run of runs) {
    const words = run.to - run.from
    if (mark !== null && run.left - mark.right < markGap * heightOf(run)) {
      cells[cells.length - 1] = { ...around(mark, run), runs: [mark, run], words: words + 1 }
    } else cells.push({ left: run.left, right: run.right, top: run.top, bottom: run.bottom, runs: [run], words })
    mark = words === 1 && mark === null && isMark(text, run, cells.length === 1) ? run : null
  }
  return { ...cells.map((cell): Area => cell).reduce(around), cells }
}

function isMark(text: string, { start, end }: Run, isFirst: boolean): boolean {
  const word = text.slice(start, end)
  return isListMark(word) || (isFirst && isSectionNumber(word) && /^\s*\p{L}/u.test(text.slice(end, end + 8)))
}
