import { cleanText } from '../../text/clean.ts'
import type { WordBox } from '../../layout/word-boxes.ts'
import { withBullets } from './bullets.ts'
import { readString, withMemory } from './engine.ts'
import type { PdfPage } from './document.ts'
import { fontsOf } from './fonts.ts'
import { wordsOf } from './page-words.ts'
import { withParagraphs } from './paragraphs.ts'
import { inReadingOrder } from './reading-order.ts'

export type PageText = {
  text: string
  /** Where its words stand. */
  boxes: WordBox[]
  /** Characters whose font does not say what they are. */
  unmapped: number
  characters: number
}

const nothing: PageText = { text: '', boxes: [], unmapped: 0, characters: 0 }
/** Characters of a page that are asked one by one whether they are mapped. */
const probes = 2_000

/** The page's own text in the order it is read, lines as PDFium finds them, an empty one between paragraphs. */
export function textOf(shown: PdfPage): PageText {
  const { engine, page } = shown
  const textPage = engine._FPDFText_LoadPage(page)
  if (textPage === 0) return nothing
  try {
    const characters = Math.max(0, engine._FPDFText_CountChars(textPage))
    if (characters === 0) return nothing
    const raw = withMemory(engine, characters * 2 + 2, (buffer) => {
      const written = engine._FPDFText_GetText(textPage, 0, characters, buffer)
      return Buffer.from(engine.HEAPU8.buffer, buffer, Math.max(0, written - 1) * 2).toString('utf16le')
    })
    const step = Math.max(1, Math.floor(characters / probes))
    let unmapped = 0
    for (let index = 0; index < characters; index += step) if (engine.wasmExports.FPDFText_HasUnicodeMapError(textPage, index) === 1) unmapped += step
    const text = cleanText(joinLines(raw))
    const boxes = wordsOf(shown, { engine, textPage, characters }, { raw: raw.toWellFormed(), clean: text })
    const fonts = fontsOf(engine, textPage)
    const ordered = inReadingOrder(withBullets({ text, boxes }, fonts), shown.width / Math.max(1, shown.height))
    return { ...withParagraphs(ordered, fonts), unmapped, characters }
  } finally {
    engine._FPDFText_ClosePage(textPage)
  }
}

/** PDFium marks a hyphen at a line's end with U+0002 or U+FFFE and leaves the line feed out: the word is one word. */
function joinLines(text: string): string {
  return text.replace(/[\u0002\ufffe]\r?\n?/g, '')
}

const subtype = { text: 1, freeText: 3, stamp: 13, widget: 20 }
const fieldType = { pushButton: 1, checkBox: 2, radioButton: 3 }
const maxAnnotations = 5_000

function fieldLine(page: PdfPage, annotation: number): string {
  const { engine, form } = page
  const type = engine._FPDFAnnot_GetFormFieldType(form, annotation)
  if (type === fieldType.pushButton) return ''
  if ((type === fieldType.checkBox || type === fieldType.radioButton) && engine._FPDFAnnot_IsChecked(form, annotation) === 0) return ''
  const value = readString(engine, (buffer, length) => engine._FPDFAnnot_GetFormFieldValue(form, annotation, buffer, length)).trim()
  if (value === '') return ''
  const label = readString(engine, (buffer, length) => engine._FPDFAnnot_GetFormFieldAlternateName(form, annotation, buffer, length))
    || readString(engine, (buffer, length) => engine._FPDFAnnot_GetFormFieldName(form, annotation, buffer, length))
  return label === '' ? value : `${label.trim()}: ${value}`
}

const contentsKey = Buffer.from('Contents\0', 'latin1')

function noteLine(page: PdfPage, annotation: number): string {
  const { engine } = page
  return withMemory(engine, contentsKey.length, (key) => {
    engine.HEAPU8.set(contentsKey, key)
    return readString(engine, (buffer, length) => engine._FPDFAnnot_GetStringValue(annotation, key, buffer, length)).trim()
  })
}

export type Annotations = { lines: string[]; /** Some show words that are in no value: captions of buttons, stamps. */ pictured: boolean }

/** What is laid over the page: filled-in fields as `label: value`, notes and typed-on text. One line each, in the file's order. */
export function annotationsOf(page: PdfPage): Annotations {
  const { engine } = page
  const lines: string[] = []
  let pictured = false
  const count = Math.min(engine._FPDFPage_GetAnnotCount(page.page), maxAnnotations)
  for (let index = 0; index < count; index += 1) {
    const annotation = engine._FPDFPage_GetAnnot(page.page, index)
    if (annotation === 0) continue
    const kind = engine._FPDFAnnot_GetSubtype(annotation)
    const isNote = kind === subtype.text || kind === subtype.freeText || kind === subtype.stamp
    const line = kind === subtype.widget && page.form !== 0 ? fieldLine(page, annotation) : isNote ? noteLine(page, annotation) : ''
    if (line !== '') lines.push(line)
    else if ((kind === subtype.widget || isNote) && engine._FPDFAnnot_GetObjectCount(annotation) > 0) pictured = true
    engine._FPDFPage_CloseAnnot(annotation)
  }
  return { lines, pictured }
}

/** Makes what is laid over the page part of it, in memory; the page has to be opened again to see it. False when there was nothing to do. */
export function flatten({ engine, page }: PdfPage): boolean {
  return engine._FPDFPage_Flatten(page, 0) === 1
}
