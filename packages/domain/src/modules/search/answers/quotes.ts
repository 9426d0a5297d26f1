import type { Span } from '@intellidocs/contracts'

/** A quote shorter than this proves nothing: it stands in any text. Counted without white space. */
const LEAST_SIGNS = 8

type Folded = { readonly text: string; readonly starts: readonly number[]; readonly ends: readonly number[] }

/**
 * The span of `passage` where `quote` stands, once both are in Unicode's NFKC and white space is one blank; null where it does not, begins or
 * ends within a word or a number, or is too short to prove anything. Letter for letter otherwise: a quote that was improved is none.
 */
export function spanOfQuote(passage: string, quote: string): Span | null {
  const wanted = fold(quote).text.trim()
  if (wanted.replaceAll(' ', '').length < LEAST_SIGNS) return null
  const { text, starts, ends } = fold(passage)
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const [start, end] = [starts[at], ends[at + wanted.length - 1]]
    if (start !== undefined && end !== undefined && !isWithin(passage, start) && !isWithin(passage, end)) return { start, end }
  }
  return null
}

/** Scripts whose words stand without blanks between them: where one ends is not to be seen. */
const UNSPACED = String.raw`(?![\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}])`
/** A raised number is a note's, and no part of the word before it. */
const OF_A_WORD = String.raw`(?![¹²³⁰⁴-⁹])[\p{L}\p{M}\p{N}]`
const WITHIN = [
  new RegExp(`${UNSPACED}${OF_A_WORD}\0${UNSPACED}${OF_A_WORD}`, 'u'), /\0\p{M}/u,
  /\p{Nd}\0\p{Nd}/u, /\p{Nd}[.,'’\u00a0\u202f\u2009]\0\p{Nd}/u, /\p{Nd}\0[.,'’\u00a0\u202f\u2009]\p{Nd}/u,
]

/** Whether a cut here takes a word or a number apart: "lawful" is not what "unlawful" says, nor 500 what 12,500 does. */
const isWithin = (text: string, at: number): boolean => {
  const around = `${text.slice(Math.max(0, at - 4), at)}\0${text.slice(at, at + 4)}`
  return WITHIN.some((cut) => cut.test(around))
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
