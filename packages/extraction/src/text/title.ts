const LONGEST_HEADING = 200

/**
 * The line a text begins with, where that looks like a heading: short, with letters, and neither a salutation nor the first line of a
 * paragraph (which goes on in the next line). Null otherwise. Many files are called `scan-0012.pdf` and say on their first line what they are.
 */
export function headingOf(text: string): string | null {
  const lines = text.slice(0, 2000).trimStart().split(/\r?\n/)
  const first = (lines[0] ?? '').replace(/^#+\s*/, '').trim()
  if (first.length === 0 || first.length > LONGEST_HEADING || !/\p{L}{2}/u.test(first) || /[,;:]$/u.test(first)) return null
  const next = (lines[1] ?? '').trim()
  const setext = /^(=+|-+)$/.test(next)
  return lines.length > 1 && (next === '' || setext) ? first : null
}

/** A document's name as words: without the file's extension. */
export const nameWords = (name: string): string => name.replace(/\.[\p{L}\p{N}]{1,5}$/u, '')
