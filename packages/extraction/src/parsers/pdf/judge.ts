import { isJunk } from '../../text/quality.ts'

/** What is known of a page besides its text. */
export type PageFacts = {
  text: string
  /** Share of the characters whose font does not say what they are, 0 to 1. */
  unmapped: number
  /** Share of the page that images cover, 0 to 1. */
  imageCover: number
  /** Lines, curves and shadings; letters drawn as outlines are many of them. */
  drawings: number
  /** Share of the page's ink that its words stand over, 0 to 1; null where that cannot be told. Asked only where it matters, as the page has to be drawn for it. */
  inkUnderWords(): number | null
}

export type Verdict = 'text' | 'ocr' | 'blank'

/** A page with fewer letters than this under an image of most of the page is a scan with a stamp or a page number. */
const fewLetters = 40
/** A page of print has more; one with fewer under an image of most of it may be a scan with a line of text laid over, or a picture with a caption. */
const pageOfLetters = 1_500
const mostOfPage = 0.5
/** Of a scan with all its words laid over, more than 0.7 of the ink is under them. */
const littleInk = 0.35
/** Lines of a form or a frame are fewer; a line of outlined letters is more. */
const manyDrawings = 40

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0

/** How the words of a page are to be had: from its text layer, from its pixels, or there are none. */
export function judgePage({ text, unmapped, imageCover, drawings, inkUnderWords }: PageFacts): Verdict {
  const letters = count(text, /[\p{L}\p{N}]/gu)
  const hasPixels = imageCover > 0.01 || drawings >= manyDrawings
  if (letters === 0) return hasPixels ? 'ocr' : 'blank'
  if (isJunk(text, unmapped)) return 'ocr'
  if (imageCover <= mostOfPage || letters >= pageOfLetters) return 'text'
  return letters < fewLetters || (inkUnderWords() ?? 1) < littleInk ? 'ocr' : 'text'
}
