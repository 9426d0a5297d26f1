import type { Span } from '@intellidocs/contracts'

/** A quote shorter than this proves nothing: it stands in any text. Counted without white space. */
const LEAST_SIGNS = 8

type Folded = { readonly text: string; readonly starts: readonly number[]; readonly ends: readonly number[] }

/**
 * The span of `passage` where `quote` stands, once both are in Unicode's NFKC and white space is one blank; null where it does not, or is too
 * short to prove anything. Letter for letter otherwise: a quote that was improved is none.
 */
export function spanOfQuote(passage: string, quote: string): Span | null {
  const wanted = fold(quote).text.trim()
  if (wanted.replaceAll(' ', '').length < LEAST_SIGNS) return null
  const { text, starts, ends } = fold(passage)
  const at = text.indexOf(wanted)
  const [start, end] = [starts[at], ends[at + wanted.length - 1]]
  return at < 0 || start === undefined || end === undefined ? null : { start, end }
}

/** By what people see as one sign: normalized each by itself, it is known where it stood. */
const signs = new Intl.Segmenter('und', { granularity: 'grapheme' })

function fold(text: string): Folded {
  const [starts, ends, parts]: [number[], number[], string[]] = [[], [], []]
  let blank = false
  for (const { segment, index } of signs.segment(text)) {
    const normal = segment.normalize('NFKC').replace(/\s+/gu, ' ')
    const isBlank = normal.trim() === ''
    if (!(isBlank && blank)) {
      const sign = isBlank ? ' ' : normal
      parts.push(sign)
      for (let i = 0; i < sign.length; i += 1) {
        starts.push(index)
        ends.push(index + segment.length)
      }
    }
    blank = isBlank
  }
  return { text: parts.join(''), starts, ends }
}
