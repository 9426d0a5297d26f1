import type { WordBox } from '../../layout/word-boxes.ts'
import type { PdfPage } from './document.ts'
import { withMemory, type Pdfium } from './engine.ts'
import { frameOf, type Rectangle } from './page-frame.ts'

/**
 * For each character of `clean` that is no white space, where it stands in `raw`, of which `clean` is what is left without some characters and with
 * other white space. -1: not found there.
 */
export function findIn(raw: string, clean: string): Int32Array {
  const found = new Int32Array(clean.length).fill(-1)
  let at = 0
  for (let index = 0; index < clean.length; index += 1) {
    const unit = clean.charCodeAt(index)
    if (unit === space || unit === lineFeed) continue
    let next = at
    while (next < raw.length && raw.charCodeAt(next) !== unit) next += 1
    if (next === raw.length) continue
    found[index] = next
    at = next + 1
  }
  return found
}

const [space, lineFeed] = [32, 10]

/** A word, and the number of its first character on the page. */
export type PdfWord = WordBox & { readonly character: number }

/** The text of a page and its words that have a place, in the order of the text. */
export type PlacedText = { readonly text: string; readonly boxes: PdfWord[] }

type TextPage = { readonly engine: Pdfium; readonly textPage: number; readonly characters: number }

/** The number of the page's character that each unit of its text is. They differ where a character has no meaning, or takes two units. */
function charactersOf({ engine, textPage, characters }: TextPage, raw: string): Int32Array | null {
  if (raw.length === characters && !/[\ud800-\udfff]/.test(raw)) return null
  const numbers = new Int32Array(raw.length)
  let unit = 0
  for (let character = 0; character < characters && unit < raw.length; character += 1) {
    const code = engine._FPDFText_GetUnicode(textPage, character)
    if (code === 0) continue
    numbers[unit++] = character
    if (code > 0xffff) numbers[unit++] = character
  }
  return numbers
}

/** The room of a character between the lines above and below it, as tall as its font; that of its ink alone differs from letter to letter. */
function roomOf({ engine, textPage }: TextPage, character: number, box: number): Rectangle | null {
  if (engine.wasmExports.FPDFText_GetLooseCharBox(textPage, character, box) === 0) return null
  const { HEAPF32: memory } = engine
  const at = box >> 2
  return { left: memory[at] ?? 0, bottom: memory[at + 3] ?? 0, right: memory[at + 2] ?? 0, top: memory[at + 1] ?? 0 }
}

const around = (a: Rectangle, b: Rectangle): Rectangle =>
  ({ left: Math.min(a.left, b.left), bottom: Math.min(a.bottom, b.bottom), right: Math.max(a.right, b.right), top: Math.max(a.top, b.top) })

/**
 * Where the words of a page's text stand. `raw` is its text as PDFium tells it, `clean` what became of that. A word divided at the end of a line has two
 * places. Of each part only the first and the last character are asked for, as those between them cost as much as reading the page.
 */
export function wordsOf(page: PdfPage, of: TextPage, { raw, clean }: { raw: string; clean: string }): PdfWord[] {
  const inRaw = findIn(raw, clean)
  const numbers = charactersOf(of, raw)
  const place = frameOf(page)
  const words: PdfWord[] = []
  withMemory(page.engine, 16, (box) => {
    const numberOf = (index: number) => {
      const unit = inRaw[index] ?? -1
      return numbers?.[unit] ?? unit
    }
    const room = (character: number) => (character === -1 ? null : roomOf(of, character, box))
    for (const { start, end } of partsOf(clean, inRaw)) {
      const character = numberOf(start)
      const [first, last] = [room(character), room(numberOf(end - 1))]
      const at = first === null || last === null ? null : place(around(first, last))
      if (at !== null) words.push({ start, end, character, ...at })
    }
  })
  return words
}

/** Words, and at hyphens that were taken out their parts: there a character follows in `raw` on more than the next place. */
function* partsOf(clean: string, inRaw: Int32Array): Generator<{ start: number; end: number }> {
  for (const { 0: word, index } of clean.matchAll(/\S+/gu)) {
    let start = index
    const end = index + word.length
    for (let at = index + 1; at < end; at += 1) {
      if ((inRaw[at] ?? 0) <= (inRaw[at - 1] ?? 0) + 1) continue
      yield { start, end: at }
      start = at
    }
    yield { start, end }
  }
}
