import { isListMark } from '@intellidocs/extraction'
import { headingsOf, type Heading } from './headings.ts'

/** A passage of one page; offsets are UTF-16 code units of the page's text, end exclusive. */
export type Chunk = { readonly start: number; readonly end: number }

/** What passages say they were cut by; the number is raised when the same text is cut in other ways. */
export const CHUNKER = 'passages/3'

/** About 200 words: measured on three collections, where whole documents ranked no better and overlap did not help (docs/benchmarks.md). */
const TARGET = 200
const LEAST = 120
const MOST = 260
/** Bounds text without spaces: no piece is longer, and long pieces count as several words. */
const PIECE = 40
const UNITS_PER_WORD = 12
const GAP_PER_WORD = 80
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** `cell`: within a row of a table, whose cells are divided by tabs, or within a heading. `word`: also between a heading and what it stands over. `entry`: before one of a list. */
const strength = { cell: 0, word: 1, line: 2, sentence: 3, entry: 4, paragraph: 5 } as const
type Strength = (typeof strength)[keyof typeof strength]
/** A stretch without a break, how many words it counts for, and how good it is to end a passage after it. */
type Piece = { readonly start: number; readonly end: number; readonly weight: number; readonly breakAfter: Strength }

/** A page this long takes tens of milliseconds to cut; longer ones are cut section by section. Only sheets and logs are. */
const SECTION = 1_000_000
/** How far back from a section's end the end of a line, or else of a word, is looked for. */
const SEAM = 20_000

/** Where a page may be cut so that each section can be cut into passages by itself, the process doing other things in between. */
export function* sectionsOf(text: string): Generator<Chunk> {
  for (let start = 0; start < text.length;) {
    const end = text.length - start <= SECTION ? text.length : seamBefore(text, start + SECTION)
    yield { start, end }
    start = end
  }
}

function seamBefore(text: string, end: number): number {
  const stretch = text.slice(end - SEAM, end)
  const line = stretch.lastIndexOf('\n')
  const gap = line >= 0 ? line : stretch.search(/\s\S*$/u)
  return gap >= 0 ? end - SEAM + gap + 1 : safeCut(text, end, end - SEAM)
}

/**
 * Cuts one page into passages of about 200 words, all of about the same length, ending at paragraphs, entries of lists or sentences where one is near, between
 * rows of tables rather than within one, and never with a heading where that can be helped.
 * Every character that is not white space is in exactly one passage; a blank page has none.
 */
export function chunkPage(text: string, headings: readonly Heading[] = headingsOf(text)): Chunk[] {
  const pieces = piecesOf(text, headings)
  const chunks: Chunk[] = []
  let left = pieces.reduce((sum, p) => sum + p.weight, 0)
  for (let from = 0; from < pieces.length;) {
    const to = endOf(pieces, from, left)
    const first = pieces[from]
    const last = pieces[to - 1]
    if (first === undefined || last === undefined) break
    chunks.push({ start: first.start, end: last.end })
    for (let i = from; i < to; i++) left -= pieces[i]?.weight ?? 0
    from = to
  }
  return chunks
}

/** Where the passage that begins at `from` ends (exclusive): the strongest break between LEAST and MOST words, of equals the nearest to an even share. */
function endOf(pieces: readonly Piece[], from: number, left: number): number {
  if (left <= MOST) return pieces.length
  const ideal = left / Math.max(2, Math.round(left / TARGET))
  let words = 0
  let best = { at: from + 1, rank: -1, distance: Infinity }
  for (let i = from; i < pieces.length; i++) {
    const piece = pieces[i]
    if (piece === undefined) break
    words += piece.weight
    if (words > MOST && i > from) break
    const rank = words < LEAST ? -1 : piece.breakAfter
    const distance = Math.abs(words - ideal)
    if (rank > best.rank || (rank === best.rank && distance < best.distance)) best = { at: i + 1, rank, distance }
  }
  return best.at
}

function piecesOf(text: string, headings: readonly Heading[]): Piece[] {
  const pieces: Piece[] = []
  let lastEnd = 0
  let line: Line = { end: 0, isRow: false, isHeading: false }
  let heading = 0
  for (const match of text.matchAll(/\S+/gu)) {
    const end = match.index + match[0].length
    if (match.index >= line.end) {
      while ((headings[heading]?.end ?? Infinity) <= match.index) heading += 1
      line = lineAt(text, match.index, headings[heading])
    }
    // Wide gaps count too, or a page of spaces would be one passage.
    let gap = Math.floor((match.index - lastEnd) / GAP_PER_WORD)
    for (let at = match.index; at < end;) {
      const to = end - at <= PIECE ? end : safeCut(text, at + PIECE, at)
      const part = text.slice(at, to)
      const weight = gap + (CJK.test(part) ? Math.ceil(part.length / 2) : Math.max(1, Math.round(part.length / UNITS_PER_WORD)))
      pieces.push({ start: at, end: to, weight, breakAfter: to < end ? cutStrength(part, line) : gapStrength(match[0], text, { ...line, at: end }) })
      gap = 0
      at = to
    }
    lastEnd = end
  }
  return pieces
}

/** Never between the halves of a surrogate pair, nor before a mark that belongs to the letter in front of it. */
function safeCut(text: string, at: number, least: number): number {
  let cut = at
  while (cut > least + 1 && (/[\uDC00-\uDFFF]/.test(text.charAt(cut)) || /\p{M}/u.test(text.charAt(cut)))) cut--
  return cut
}

type Line = { readonly end: number; readonly isRow: boolean; readonly isHeading: boolean }

/** The rest of a line, whether it is a row of cells, and whether it is the heading `next`. */
function lineAt(text: string, start: number, next: Heading | undefined): Line {
  const feed = text.indexOf('\n', start)
  const end = feed === -1 ? text.length : feed
  return { end, isRow: text.slice(start, end).includes('\t'), isHeading: next !== undefined && next.start <= start }
}

function cutStrength(part: string, { isRow, isHeading }: Line): Strength {
  if (isRow || isHeading) return strength.cell
  return /[。！？]$/u.test(part) ? strength.sentence : strength.word
}

function gapStrength(word: string, text: string, { at, isRow, isHeading }: Line & { at: number }): Strength {
  const gap = /^\s*/u.exec(text.slice(at, at + 64))?.[0] ?? ''
  if ((isRow || isHeading) && !gap.includes('\n')) return strength.cell
  if (isHeading) return strength.word
  if (/\n\s*\n|\f|\u2029/u.test(gap)) return strength.paragraph
  if (gap.includes('\n') && isListMark(/^\S+(?=\s)/u.exec(text.slice(at + gap.length, at + gap.length + 16))?.[0] ?? '')) return strength.entry
  if (/[.!?…。！？][\p{Pe}\p{Pf}"']*$/u.test(word)) return strength.sentence
  return gap.includes('\n') ? strength.line : strength.word
}
