import { stripVTControlCharacters } from 'node:util'
import picocolors from 'picocolors'

export type Streams = {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
}

/** Where a command says things. With `--json`, stdout belongs to the one JSON value, so `print` says nothing. */
export type Output = {
  readonly json: boolean
  /** Bars and questions are for people at a terminal only. */
  readonly interactive: boolean
  readonly colors: ReturnType<typeof picocolors.createColors>
  print(line?: string): void
  /** Beside the result: warnings, progress. */
  note(line: string): void
}

export function createOutput(streams: Streams, options: { json: boolean; noColor: boolean }): Output {
  const { json } = options
  const interactive = !json && streams.stdout.isTTY === true && streams.stderr.isTTY === true
  return {
    json, interactive,
    colors: picocolors.createColors(interactive && !options.noColor),
    print: (line = '') => { if (!json) streams.stdout.write(`${line}\n`) },
    note: (line) => { streams.stderr.write(`${line}\n`) },
  }
}

/**
 * Names and text of documents are strangers' data: escape sequences would drive the terminal, and direction overrides would make one name look
 * like another.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => (/\s/u.test(char) ? ' ' : char === '\u00ad' || char === '\u200d' ? '' : '\ufffd'))
}

/** The same, its lines joined. */
export const oneLine = (text: string): string => printable(text).replace(/\s+/g, ' ')

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** 1,536 is `1.5 KB`. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/** Columns as wide as their widest cell, two spaces between; the last is not padded. Colours take no room. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))
  const pad = (cell: string, at: number) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell))
  return rows.map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : pad(cell, at))).join('  '))
}

const widthOf = (cell: string): number => [...stripVTControlCharacters(cell)].length

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff00-\uff60]/u

/** Columns that a printable text takes on a terminal: Chinese, Japanese and Korean characters take two each, marks that join a letter none. */
export const columnsOf = (text: string): number => [...text].reduce((columns, char) => columns + (/\p{M}/u.test(char) ? 0 : WIDE.test(char) ? 2 : 1), 0)

/** A line in pieces of at most so many columns, broken at blanks where there are any. An empty line is one piece. */
export function wrapped(line: string, columns: number): string[] {
  const pieces: string[] = []
  let [piece, width, blank] = ['', 0, -1]
  for (const char of line) {
    const next = columnsOf(char)
    if (width + next > columns && piece !== '') {
      const cut = blank > 0 && char !== ' ' ? blank : piece.length
      pieces.push(piece.slice(0, cut).trimEnd())
      piece = piece.slice(cut).trimStart()
      ;[width, blank] = [columnsOf(piece), -1]
    }
    if (char === ' ') blank = piece.length
    if (piece !== '' || char !== ' ' || pieces.length === 0) [piece, width] = [piece + char, width + next]
  }
  return [...pieces, piece]
}

/** A moment as people read it, to the minute: `2026-12-02 17:00 UTC`. */
export const formatMoment = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
