import bidiFactory, { type Bidi } from 'bidi-js'

/** The types of the package take it for a module of ES and the factory for its member; loaded by Node it is the factory. */
const factory: unknown = bidiFactory
const bidi = (factory as () => Bidi)()

/** A word as it is drawn, from left to right; within it the font turns what is written from right to left. */
export type Piece = { readonly text: string; readonly width: number }
type Measure = (text: string) => number

/** They order the words and are not drawn. */
const ISOLATES = /[\u2066\u2069]/g
export const withoutIsolates = (text: string): string => text.replaceAll(ISOLATES, '')

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Ends of the parts of a text that may stand on lines of their own: after blanks, and anywhere within what is wider than a line. */
function partsOf(text: string, width: number, measure: Measure): string[] {
  return (text.match(/[^ ]+ *| +/gu) ?? []).flatMap((word) => {
    if (measure(word.trimEnd()) <= width) return [word]
    const parts: string[] = []
    let part = ''
    for (const { segment } of graphemes.segment(word)) {
      if (part !== '' && measure(part + segment) > width) {
        parts.push(part)
        part = ''
      }
      part += segment
    }
    return [...parts, part]
  })
}

/** A paragraph in lines of at most that width, each as pieces from left to right, whatever the direction in which it is read. */
export function linesOf(text: string, width: number, measure: Measure): Piece[][] {
  const { levels, paragraphs } = bidi.getEmbeddingLevels(text, 'ltr')
  const lines: Piece[][] = []
  let [start, end, filled] = [0, 0, 0]
  const flush = (): void => {
    if (end > start) lines.push(piecesOf(text, { levels, paragraphs }, { start, end }, measure))
    ;[start, filled] = [end, 0]
  }
  for (const part of partsOf(text, width, measure)) {
    if (filled > 0 && filled + measure(part.trimEnd()) > width) flush()
    end += part.length
    filled += measure(part)
  }
  flush()
  return lines
}

type Levels = ReturnType<typeof bidi.getEmbeddingLevels>

/** The line's words in the order in which they stand, from left to right. */
function piecesOf(text: string, levels: Levels, { start, end }: { start: number; end: number }, measure: Measure): Piece[] {
  const order = bidi.getReorderedIndices(text, levels, start, end - 1).filter((at) => at >= start && at < end && !/[\u2066\u2069]/.test(text.charAt(at)))
  const mirrored = bidi.getMirroredCharactersMap(text, levels.levels, start, end - 1)
  const pieces: Piece[] = []
  for (let at = 0; at < order.length;) {
    const first = order[at] ?? start
    const backwards = ((levels.levels[first] ?? 0) & 1) === 1
    let last = at
    while (last + 1 < order.length && order[last + 1] === (order[last] ?? 0) + (backwards ? -1 : 1)
      && levels.levels[order[last + 1] ?? 0] === levels.levels[first] && isBlank(text, order[last + 1]) === isBlank(text, first)) last += 1
    const places = order.slice(at, last + 1)
    const logical = backwards ? places.toReversed() : places
    const word = logical.map((place) => mirrored.get(place) ?? text.charAt(place)).join('')
    pieces.push({ text: word, width: measure(word) })
    at = last + 1
  }
  return pieces
}

const isBlank = (text: string, at: number | undefined): boolean => at !== undefined && text.charAt(at) === ' '
