import type { Chunk } from './chunking.ts'

/** A heading stands over what begins this many characters after it at most, about two pages: what comes later may be of another section, whose heading was not told. */
const REACH = 6_000
/** A heading has no more letters and words. What has more is a paragraph. */
const [LONGEST, MOST_WORDS] = [120, 12]
/** Headings begin as sentences and names do, or with a number. What holds the end of a sentence, a row of dots or of dashes is none. */
const [begins, isNone] = [/^[\p{Lu}\p{Lt}\p{Lo}\p{N}]/u, /\p{L}{2}[.!?]\s|(?:\. ?){3}|-$/u]
/** A line this long, or one that ends as sentences do, is text; what stands over no text is no heading but an entry of a list, a label of a drawing, a verse. */
const LINE_OF_TEXT = 60

export type Heading = Chunk & { readonly text: string }

/** What stands in the sections of a text: its headings, in order. Extraction puts each between empty lines; markdown has its own mark. */
export function headingsOf(text: string): Heading[] {
  const headings: Heading[] = []
  let before = ''
  for (let start = 0; start < text.length;) {
    const end = lineEnd(text, start)
    const found = end - start > LONGEST + 8 ? null : headingIn(text, { start, end, isAlone: before === '' })
    if (found !== null) headings.push(found)
    before = end - start > LONGEST ? 'text' : text.slice(start, end).trim()
    start = end + 1
  }
  return headings
}

function headingIn(text: string, { start, end, isAlone }: Chunk & { isAlone: boolean }): Heading | null {
  const line = text.slice(start, end)
  const isMarked = line.startsWith('#')
  if (!isAlone && !isMarked) return null
  const words = line.replace(/^#{1,6}\s+/, '').trim()
  if (words.length > LONGEST || !/\p{L}{2}|\p{Lo}/u.test(words) || line.includes('\t') || /[.,;:…。，；：]$/u.test(words)) return null
  const next = nextLine(text, end)
  if (next === null) return null
  if (isMarked) return { start, end, text: words }
  if (!next.isApart || !begins.test(words) || isNone.test(words) || words.split(/\s+/).length > MOST_WORDS) return null
  return (next.line.length >= LINE_OF_TEXT || next.goesOn || /[.!?:。！？：]$/u.test(next.line)) ? { start, end, text: words } : null
}

const lineEnd = (text: string, start: number): number => {
  const feed = text.indexOf('\n', start)
  return feed === -1 ? text.length : feed
}

/** The line that follows, whether an empty one is between, and whether its paragraph has further lines. */
function nextLine(text: string, end: number): { line: string; isApart: boolean; goesOn: boolean } | null {
  const gap = /^\s*/.exec(text.slice(end, end + 64))?.[0] ?? ''
  const start = end + gap.length
  if (start >= text.length) return null
  const stop = lineEnd(text, start)
  return { line: text.slice(start, Math.min(stop, start + 200)).trim(), isApart: /\n\s*\n/.test(gap), goesOn: /^\n[^\S\n]*\S/.test(text.slice(stop, stop + 64)) }
}

/** The heading that what begins at `start` stands under and does not begin with; null where there is none near. */
export function headingOver(headings: readonly Heading[], start: number): string | null {
  const last = headings.findLast((heading) => heading.start <= start)
  return last === undefined || last.end > start || start - last.end > REACH ? null : last.text
}

/** The last of the headings, placed as the text sees it that comes `length` characters later. */
export const lastBehind = (headings: readonly Heading[], length: number): Heading[] =>
  headings.slice(-1).map(({ start, end, text }) => ({ start: start - length, end: end - length, text }))
