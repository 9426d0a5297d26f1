import { ExtractionError } from '../../errors.ts'
import type { WordBox } from '../../layout/word-boxes.ts'
import { isBlank } from '../../ocr/gray-image.ts'
import type { ParserInput } from '../parser.types.ts'
import { createFileKeeper, type FileKeeper } from './attachments.ts'
import { openPdf, withPage, type PdfDocument } from './document.ts'
import { judgePage, type Verdict } from './judge.ts'
import { objectsOf } from './page-objects.ts'
import { annotationsOf, flatten, textOf } from './page-text.ts'
import { renderGray } from './render.ts'

type PageRead = { verdict: Verdict; text: string; /** Of its own text, with which `text` begins. */ boxes: WordBox[]; objects: number }

/** Enough to see whether anything is on a page. */
const glance = { dpi: 72, maxPixels: 1_000_000 }

/** Words that only the pictures of annotations show: the lines that come to the page when they are made part of it. */
function picturedLines(pdf: PdfDocument, index: number, known: string): string[] {
  if (withPage(pdf, index, flatten) !== true) return []
  const all = withPage(pdf, index, (page) => textOf(page).text) ?? ''
  return all.split('\n').filter((line) => line.trim() !== '' && !known.includes(line.trim()))
}

function readPage(pdf: PdfDocument, index: number, files: FileKeeper): PageRead | null {
  const read = withPage(pdf, index, (page) => {
    files.pinned(page)
    const { text, boxes, ...own } = textOf(page)
    const objects = objectsOf(page)
    const verdict = judgePage({ text, unmapped: own.unmapped / Math.max(1, own.characters), ...objects })
    const { lines, pictured } = annotationsOf(page)
    return { verdict, pictured, boxes, text: [text, ...lines].filter((part) => part !== '').join('\n'), objects: objects.count }
  })
  if (read === null || read.objects < 0) return null
  const lines = read.pictured && read.verdict !== 'ocr' ? picturedLines(pdf, index, read.text) : []
  const text = [read.text, ...lines].filter((part) => part !== '').join('\n')
  // Nothing to be found among its objects: whether it is blank is told by its ink.
  const inked = read.verdict === 'blank' && text === '' && withPage(pdf, index, (page) => !isBlank(renderGray(page, glance))) === true
  return { ...read, text, verdict: inked ? 'ocr' : read.verdict }
}

/** Files embedded in it are kept for readings of their own. Text by page, what is filled in and noted on it after it; pages whose words are only in pixels are marked for OCR. */
export async function parse(input: ParserInput): Promise<void> {
  const pdf = await openPdf(input.file.bytes(), input.password)
  if (pdf.pages <= 0) throw new ExtractionError('corrupt', 'the file has no page', { mime: input.mime })
  input.total(pdf.pages)
  const files = createFileKeeper(input)
  files.listed(pdf)
  const seen = { opened: 0, objects: 0, words: 0 }
  for (let index = 0; index < pdf.pages; index += 1) {
    const read = readPage(pdf, index, files)
    // One damaged page does not cost the others; the count stays that of the file.
    input.page(read?.text ?? '', { needsOcr: read?.verdict === 'ocr', boxes: read?.boxes ?? [], warnings: read === null ? ['corrupt'] : [] })
    if (read === null) continue
    seen.opened += 1
    seen.objects += read.objects
    seen.words += read.text.length
  }
  if (seen.opened === 0) throw new ExtractionError('corrupt', `none of ${pdf.pages} pages can be opened`, { mime: input.mime })
  // An empty page is a fine page. But where the file had to be mended and nothing at all came out, its content is lost.
  const mended = pdf.engine._FPDF_DocumentHasValidCrossReferenceTable(pdf.document) === 0
  if (mended && seen.objects === 0 && seen.words === 0)
    throw new ExtractionError('corrupt', 'nothing is left in the damaged file', { mime: input.mime })
  if (mended) input.warn({ reason: 'repaired_file' })
}
