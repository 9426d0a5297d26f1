import { drawingText } from './drawing.ts'
import { kindOfFormat, numberText, type NumberKind } from './xlsx-values.ts'
import { walkXml } from './xml.ts'

/** What a series is made of, by the names of its elements: what it is called, what it counts by, and what it counts. */
const parts = { tx: 'name', cat: 'by', xVal: 'by', val: 'values', yVal: 'values', bubbleSize: 'sizes' } as const
type Part = (typeof parts)[keyof typeof parts]
/** The points of each part, by their numbers. */
type Series = Record<Part, Map<number, string>>

/** Points beyond this are measurements that nobody reads one by one. */
const mostPoints = 1_000
const mostSeries = 100

/** The series of a chart as they were when it was drawn (ECMA-376 part 1, 21.2.2): its numbers stand in a workbook of its own otherwise. */
function seriesOf(xml: Buffer): Series[] {
  const found: Series[] = []
  let [part, number, from1904]: [Part | null, number, boolean] = [null, 0, false]
  let kind: NumberKind = 'number'
  let words: string | null = null
  walkXml(xml, {
    open: (name, attributes) => {
      if (name === 'date1904') from1904 = attributes['val'] !== '0'
      else if (name === 'ser') {
        found.push({ name: new Map(), by: new Map(), values: new Map(), sizes: new Map() })
        part = null
      } else if (name in parts && part === null && found.length > 0) [part, number, kind] = [parts[name as keyof typeof parts], 0, 'number']
      else if (name === 'pt') number = Number(attributes['idx'] ?? 0)
      else if (part !== null && (name === 'v' || name === 'formatCode')) words = ''
    },
    close: (name) => {
      const points = part === null ? undefined : found.at(-1)?.[part]
      if (name === 'formatCode' && words !== null) kind = kindOfFormat(0, words)
      // Names of several levels stand with their own numbers: those of a level further out come before.
      else if (name === 'v' && words !== null && points !== undefined && number < mostPoints) points.set(number, points.has(number) ? `${words} ${points.get(number)}` : shown(words, kind, from1904))
      else if (name in parts && parts[name as keyof typeof parts] === part) part = null
      if (name === 'v' || name === 'formatCode') words = null
    },
    text: (text) => { if (words !== null) words += text },
  })
  return found.slice(0, mostSeries)
}

const shown = (words: string, kind: NumberKind, from1904: boolean): string => (/^-?\d/.test(words) && Number.isFinite(Number(words)) ? numberText(words, kind, from1904) : words)

/** What a chart says: its titles, then what it shows, a row for each point of all series. */
export function chartText(xml: Buffer): string {
  const series = seriesOf(xml)
  const by = series.map((one) => one.by).find((points) => points.size > 0) ?? new Map<number, string>()
  const columns = series.flatMap(({ name, values, sizes }) => [[name.get(0) ?? '', values], ...(sizes.size > 0 ? [['', sizes]] : [])] as [string, Map<number, string>][])
  const numbers = [...new Set([...by.keys(), ...columns.flatMap(([, points]) => [...points.keys()])])].toSorted((a, b) => a - b)
  const rows = [['', ...columns.map(([name]) => name)], ...numbers.map((number) => [by.get(number) ?? '', ...columns.map(([, points]) => points.get(number) ?? '')])]
  const table = rows.map((row) => row.join('\t').trimEnd()).filter((row) => row !== '')
  return [drawingText(xml), ...table].filter((line) => line !== '').join('\n')
}
