import type { WordBox } from '../../layout/word-boxes.ts'
import { inkUnder } from '../../ocr/ink.ts'
import type { FileKeeper } from './attachments.ts'
import { withPage, type PdfDocument } from './document.ts'
import { judgePage, type Verdict } from './judge.ts'
import { objectsOf } from './page-objects.ts'
import { annotationsOf, flatten, textOf } from './page-text.ts'
import { renderGray } from './render.ts'

export type PageRead = {
  verdict: Verdict
  /** Its own text, with what is filled in and noted on it behind. */
  text: string
  own: string
  /** What is filled in and noted on it, as `annotationsOf` gives it. */
  notes: string[]
  /** Of its own text. */
  boxes: WordBox[]
  /** Share of the characters whose font does not say what they are, 0 to 1. */
  unmapped: number
  objects: number
}

/** Enough to see where ink is on a page. */
const glance = { dpi: 72, maxPixels: 1_000_000 }

/** Words that only the pictures of annotations show: the lines that come to the page when they are made part of it. */
function picturedLines(pdf: PdfDocument, index: number, known: string): string[] {
  if (withPage(pdf, index, flatten) !== true) return []
  const all = withPage(pdf, index, (page) => textOf(page).text) ?? ''
  // What comes to the page may make rows of its lines, and so spaces tabs.
  const spaced = (line: string) => line.trim().replace(/\s+/g, ' ')
  const before = spaced(known)
  return all.split('\n').filter((line) => line.trim() !== '' && !before.includes(spaced(line)))
}

/**
 * The text of page `index` (from 0) with what is filled in and noted on it, and how its words are to be had; null when the page is damaged.
 * `files` keeps what hangs on it. An image of more than `maxPixels` is never decoded.
 */
export function readPage(pdf: PdfDocument, index: number, { files, maxPixels }: { files?: FileKeeper; maxPixels: number }): PageRead | null {
  const read = withPage(pdf, index, (page) => {
    files?.pinned(page)
    const { text, boxes, ...own } = textOf(page)
    const objects = objectsOf(page)
    const unmapped = own.unmapped / Math.max(1, own.characters)
    const inkUnderWords = () => (objects.largestImagePixels > maxPixels ? null : inkUnder(renderGray(page, glance), boxes))
    const verdict = judgePage({ text, unmapped, inkUnderWords, ...objects })
    const { lines, pictured } = annotationsOf(page)
    return { verdict, pictured, boxes, unmapped, own: text, notes: lines, text: [text, ...lines].filter((part) => part !== '').join('\n'), objects: objects.count, mayHaveInk: objects.painted > 0 || pictured }
  })
  if (read === null || read.objects < 0) return null
  const lines = read.pictured && read.verdict !== 'ocr' ? picturedLines(pdf, index, read.text) : []
  const text = [read.text, ...lines].filter((part) => part !== '').join('\n')
  // No words: whether it is blank is told by what leaves ink, and then by its pixels, which are looked at where they are read.
  const inked = read.verdict === 'blank' && text === '' && read.mayHaveInk
  return { ...read, text, verdict: inked ? 'ocr' : read.verdict }
}
