import type { PdfWord, PlacedText } from './page-words.ts'
import type { Run } from './rows.ts'

/**
 * A run in the order it is read, and what it stands after. `same`: what is between them in the file; `line`: a new line; `flow`: a new line of the same sentences; `word`: a space;
 * `cell`: a tab. Words divided at the end of a line are put together where sentences go on.
 */
export type Piece = { readonly run: Run; readonly after: 'same' | 'line' | 'flow' | 'word' | 'cell' }

const between = { line: '\n', flow: '\n', word: ' ', cell: '\t' } as const

/** The text in the order of the pieces, which are all of its runs, and the boxes that go with it. */
export function putTogether({ text, boxes }: PlacedText, pieces: readonly Piece[]): PlacedText {
  let out = ''
  const moved: PdfWord[] = []
  let last: Run | undefined
  for (const { run, after } of pieces) {
    if (last !== undefined) {
      // A word that goes on in another run of the file: there its hyphen was left out already.
      const divided = text.slice(last.end, last.end + 1).trim() !== ''
      if (last.to === run.from && after === 'same') out += text.slice(last.end, run.start)
      else if (joins(out, { divided, after, next: text.slice(run.start, run.start + 2) })) {
        if (!divided) out = out.slice(0, -1)
      } else out += (divided ? '-' : '') + between[after === 'same' ? 'line' : after]
    }
    // Where its own hyphen is gone now, the word before is shorter by it.
    const before = moved.at(-1)
    if (before !== undefined && before.end > out.length) moved[moved.length - 1] = { ...before, end: out.length }
    const by = out.length - run.start
    for (const word of boxes.slice(run.from, run.to)) moved.push({ ...word, start: word.start + by, end: word.end + by })
    out += text.slice(run.start, run.end)
    last = run
  }
  return { text: out, boxes: moved }
}

function joins(out: string, { divided, after, next }: { divided: boolean; after: Piece['after']; next: string }): boolean {
  if (after !== 'flow' && after !== 'word') return false
  return divided ? /^\p{L}/u.test(next) : /\p{L}-$/u.test(out.slice(-3)) && /^\p{Ll}/u.test(next)
}
