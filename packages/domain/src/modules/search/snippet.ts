import type { Span } from '@intellidocs/contracts'
import type { MarkedWord } from './highlights.ts'

/** What people take in at a glance, in UTF-16 code units: two lines of a terminal, three of a page. */
const WIDTH = 240
/** Of it, what stands in front of the first word that is shown. */
const LEAD = 40

/**
 * The part of a passage that shows most of the words that were found: first as many different ones as fit, then as many as fit, then the earliest. Without
 * any its beginning. Cut between words.
 */
export function snippetOf(text: string, marks: readonly (Span & { readonly term: number })[]): Span {
  if (text.length <= WIDTH) return { start: 0, end: text.length }
  const best = bestStart(marks)
  const start = best <= LEAD ? 0 : wordStart(text, Math.min(best - LEAD, text.length - WIDTH))
  return { start, end: wordEnd(text, Math.min(text.length, start + WIDTH), start) }
}

function bestStart(marks: readonly MarkedWord[]): number {
  let best = { at: 0, terms: 0, words: 0 }
  for (const [i, first] of marks.entries()) {
    const inside = marks.slice(i).filter((mark) => mark.end <= first.start + WIDTH - LEAD)
    const found = { at: first.start, terms: new Set(inside.map((mark) => mark.term)).size, words: inside.length }
    if (found.terms > best.terms || (found.terms === best.terms && found.words > best.words)) best = found
  }
  return best.at
}

/** The beginning of the first word behind `from`; a text without blanks is cut where it must be, but never inside of a character. */
function wordStart(text: string, from: number): number {
  const blank = text.slice(from, from + LEAD).search(/\s/u)
  return blank < 0 ? whole(text, from) : from + blank + 1
}

function wordEnd(text: string, to: number, least: number): number {
  if (to === text.length) return to
  const blank = /\s\S*$/u.exec(text.slice(Math.max(least, to - LEAD), to + 1))
  return blank === null ? whole(text, to) : Math.max(least, to - LEAD) + blank.index
}

const whole = (text: string, at: number): number => (/[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at - 1 : at)

/** Sentences of a passage by the rules of Unicode, without the blanks around them. */
export function sentencesOf(text: string): Span[] {
  return [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)].flatMap(({ segment, index }): Span[] => {
    const start = index + segment.length - segment.trimStart().length
    const end = index + segment.trimEnd().length
    return start < end ? [{ start, end }] : []
  })
}
