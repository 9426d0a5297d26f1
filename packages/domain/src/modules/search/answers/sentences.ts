import type { Span } from '@intellidocs/contracts'

/** Tables and lists without full stops are cut at a blank here. */
const MOST_SIGNS = 400
const segmenter = new Intl.Segmenter('und', { granularity: 'sentence' })

/** The sentences of a passage, as spans without white space around them. A line that ends within a paragraph ends no sentence. */
export function sentencesOf(passage: string): Span[] {
  // One sign for one sign, so that offsets stay.
  const flowing = passage.replace(/(?<=\S)[^\S\n]?\r?\n(?=[^\S\n]*\S)/gu, (line) => ' '.repeat(line.length))
  return [...segmenter.segment(flowing)].flatMap(({ segment, index }) => piecesOf(segment, index))
}

function piecesOf(sentence: string, offset: number): Span[] {
  const pieces: Span[] = []
  for (let at = 0; at < sentence.length;) {
    const end = sentence.length - at <= MOST_SIGNS ? sentence.length : cutOf(sentence, at)
    const text = sentence.slice(at, end)
    const start = at + text.length - text.trimStart().length
    if (text.trim() !== '') pieces.push({ start: offset + start, end: offset + start + text.trim().length })
    at = end
  }
  return pieces
}

function cutOf(sentence: string, from: number): number {
  const blank = sentence.lastIndexOf(' ', from + MOST_SIGNS)
  const end = blank > from ? blank : from + MOST_SIGNS
  return /[\uDC00-\uDFFF]/.test(sentence.charAt(end)) ? end - 1 : end
}
