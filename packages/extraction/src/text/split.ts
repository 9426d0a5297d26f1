/** About one printed page; formats without pages are cut so that a hit still leads to a place. */
export const charactersPerPage = 3_000

/** Where to cut a text that is too long: after a paragraph, a line, a sentence, a word, whichever comes first in that order in the last half. */
function cutAt(text: string, max: number): number {
  for (const mark of ['\n\n', '\n', '. ', ' ']) {
    const at = text.lastIndexOf(mark, max - mark.length)
    if (at >= max / 2) return at + mark.length
  }
  // Never between the two halves of a character outside the basic plane.
  const code = text.charCodeAt(max - 1)
  return code >= 0xd800 && code <= 0xdbff ? max - 1 : max
}

/** Cuts a text into pages of about 3,000 characters on paragraph boundaries. Every character that is no white space is kept, once and in order. */
export function splitIntoPages(text: string): string[] {
  const pages: string[] = []
  let rest = text.trim()
  while (rest.length > charactersPerPage * 1.2) {
    const at = cutAt(rest, charactersPerPage)
    pages.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  if (rest !== '') pages.push(rest)
  return pages
}
