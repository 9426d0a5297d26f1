/** What is known of a page besides its text. */
export type PageFacts = {
  text: string
  /** Share of the characters whose font does not say what they are, 0 to 1. */
  unmapped: number
  /** Share of the page that images cover, 0 to 1. */
  imageCover: number
  /** Lines, curves and shadings; letters drawn as outlines are many of them. */
  drawings: number
}

export type Verdict = 'text' | 'ocr' | 'blank'

/** A page with fewer letters than this under an image of most of the page is a scan with a stamp or a page number. */
const fewLetters = 40
const mostOfPage = 0.5
/** Lines of a form or a frame are fewer; a line of outlined letters is more. */
const manyDrawings = 40

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0

/**
 * Whether a text layer is no language: characters without meaning (private use, replacement, unmapped), hardly any letters, or Latin letters
 * without vowels (a font whose codes are shifted). Needs some text to be sure; numbers, codes and short labels are not junk.
 */
export function isJunk(text: string, unmapped: number): boolean {
  const visible = count(text, /\S/g)
  if (visible < 20) return unmapped > 0.5
  // oxlint-disable-next-line no-control-regex -- control characters are one of the signs
  const meaningless = count(text, /[\ue000-\uf8ff\ufffd\u0000-\u0008\u000e-\u001f\u0080-\u009f]/g)
  if (unmapped > 0.3 || meaningless / visible > 0.2) return true
  const letters = count(text, /\p{L}|\p{M}/gu)
  const digits = count(text, /\p{N}/gu)
  if (visible >= 100 && (letters + digits) / visible < 0.4) return true
  const latin = count(text, /[a-z\u00c0-\u024f]/gi)
  if (latin < 200 || latin / Math.max(1, letters) < 0.8 || digits > letters / 4) return false
  const vowels = count(text.normalize('NFD'), /[aeiouy]/gi) / latin
  return vowels < 0.18 || vowels > 0.75
}

/** How the words of a page are to be had: from its text layer, from its pixels, or there are none. */
export function judgePage({ text, unmapped, imageCover, drawings }: PageFacts): Verdict {
  const letters = count(text, /[\p{L}\p{N}]/gu)
  const hasPixels = imageCover > 0.01 || drawings >= manyDrawings
  if (letters === 0) return hasPixels ? 'ocr' : 'blank'
  if (letters < fewLetters && imageCover > mostOfPage) return 'ocr'
  if (isJunk(text, unmapped)) return 'ocr'
  return 'text'
}
