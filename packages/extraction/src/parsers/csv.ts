import { joinLines } from '../text/clean.ts'
import { decodeUnknown } from '../text/decode-unknown.ts'
import { emitText } from './emit-text.ts'
import type { ParserInput } from './parser.types.ts'
import { wholeText } from './text.ts'

const delimiters = [',', ';', '\t', '|'] as const

/** The delimiter that the first lines use most. */
export function delimiterOf(text: string): string {
  const head = text.slice(0, 8_192).replace(/"(?:[^"]|"")*"/g, '')
  const counts = delimiters.map((delimiter) => ({ delimiter, count: head.split(delimiter).length }))
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).delimiter
}

/**
 * Rows of cells; cells in quotes may hold delimiters, line ends and doubled quotes. Ragged rows are as they are.
 * A quote that is never closed runs to the end, so nothing is lost.
 */
export function parseCsv(text: string, delimiter: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    let cell = ''
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1)
      while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2)
      const stop = end === -1 ? text.length : end
      cell = text.slice(at + 1, stop).replaceAll('""', '"')
      at = stop + 1
    }
    let end = at
    while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end += 1
    row.push((cell + text.slice(at, end)).replace(/\r$/, ''))
    if (end >= text.length || text[end] === '\n') {
      rows.push(row)
      row = []
    }
    at = end + 1
  }
  if (row.length > 0) rows.push(row)
  return rows
}

/** Cells are joined by tabs and rows by line ends, as in a sheet. */
export async function parse(input: ParserInput): Promise<void> {
  const text = await decodeUnknown(wholeText(input))
  const rows = parseCsv(text, delimiterOf(text))
  emitText(input, rows.map((row) => row.map(joinLines).join('\t')).join('\n'))
}
