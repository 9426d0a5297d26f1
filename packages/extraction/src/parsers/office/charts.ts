import { drawingText } from './drawing.ts'
import { kindOfFormat, numberText, type NumberKind } from './xlsx-values.ts'
import { walkXml } from './xml.ts'

/** What a series is made of, by the names of its elements: what it is called, what it counts by, and what it counts. */
type Part = 'name' | 'by' | 'values' | 'sizes'
const parts: ReadonlyMap<string, Part> = new Map([['tx', 'name'], ['cat', 'by'], ['xVal', 'by'], ['val', 'values'], ['yVal', 'values'], ['bubbleSize', 'sizes']])
/** The points of each part, by their numbers. */
type Series = Record<Part, Map<number, string>>

/** Points beyond this are measurements that nobody reads one by one. */
const mostPoints = 1_000
const mostSeries = 100

/** Holds what is filtered out of a chart, and what other programs keep beside it. */
const silent = 'extLst'

/** The series of a chart as they were when it was drawn (ECMA-376 part 1, 21.2.2): its numbers stand in a workbook of its own otherwise. */
function seriesOf(xml: Buffer): Series[] {
  const found: Series[] = []
  let [part, number, from1904, silence, depth, top]: [Part | null, number, boolean, number, number, number] = [null, 0, false, 0, 0, 0]
  /** Of the points that come: null where they are words. */
  let kind: NumberKind | null = null
  let words: string | null = null
  walkXml(xml, {
    open: (name, attributes) => {
      depth += 1
      if (name === silent) silence += 1
      if (silence > 0) return
      if (name === 'date1904') from1904 = !['0', 'false'].includes(attributes['val'] ?? '')
      else if (name === 'ser') {
        found.push({ name: new Map(), by: new Map(), values: new Map(), sizes: new Map() })
        top = depth
      } else if (parts.has(name) && depth === top + 1) [part, number, kind] = [parts.get(name) ?? null, 0, null]
      else if (name === 'numCache' || name === 'numLit') kind = 'number'
      else if (name === 'pt') number = Number(attributes['idx'] ?? 0)
      else if (part !== null && (name === 'v' || name === 'formatCode')) words = ''
    },
    close: (name) => {
      depth -= 1
      if (name === silent) silence = Math.max(0, silence - 1)
      if (silence > 0) return
      const points = part === null ? undefined : found.at(-1)?.[part]
      if (name === 'formatCode' && words !== null) kind = kindOfFormat(0, words)
      // Names of several levels stand with their own numbers: those of a level further out come before.
      else if (name === 'v' && words !== null && points !== undefined && number < mostPoints) points.set(number, points.has(number) ? `${words} ${points.get(number)}` : kind === null ? words : numberText(words, kind, from1904))
      else if (parts.has(name) && depth === top) part = null
      if (name === 'v' || name === 'formatCode') words = null
    },
    text: (text) => { if (words !== null && silence === 0) words += text },
  })
  return found.slice(0, mostSeries)
}

/** A row for each point of series that count by the same. */
function rowsOf(series: readonly Series[]): string[] {
  const by = series[0]?.by ?? new Map<number, string>()
  const columns = series.flatMap(({ name, values, sizes }) => [[name.get(0) ?? '', values], ...(sizes.size > 0 ? [['', sizes]] : [])] as [string, Map<number, string>][])
  const numbers = [...new Set([...by.keys(), ...columns.flatMap(([, points]) => [...points.keys()])])].toSorted((a, b) => a - b)
  const rows = [['', ...columns.map(([name]) => name)], ...numbers.map((number) => [by.get(number) ?? '', ...columns.map(([, points]) => points.get(number) ?? '')])]
  return rows.map((row) => row.join('\t').trimEnd()).filter((row) => row !== '')
}

/** What a chart says: its titles, then what it shows. */
export function chartText(xml: Buffer): string {
  const alike = Map.groupBy(seriesOf(xml), ({ by }) => JSON.stringify([...by]))
  return [drawingText(xml), ...[...alike.values()].flatMap(rowsOf)].filter((line) => line !== '').join('\n')
}
