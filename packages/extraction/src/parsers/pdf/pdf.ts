import { ExtractionError } from '../../errors.ts'
import type { ParserInput } from '../parser.types.ts'
import { createFileKeeper } from './attachments.ts'
import { openPdf } from './document.ts'
import { pdfFacts } from './facts.ts'
import { readPage } from './read-page.ts'

/** Files embedded in it are kept for readings of their own. Text by page, what is filled in and noted on it after it; pages whose words are only in pixels are marked for OCR. */
export async function parse(input: ParserInput): Promise<void> {
  const bytes = input.file.bytes()
  const pdf = await openPdf(bytes, input.password)
  if (pdf.pages <= 0) throw new ExtractionError('corrupt', 'the file has no page', { mime: input.mime })
  input.total(pdf.pages)
  input.facts(() => pdfFacts(pdf, bytes))
  const files = createFileKeeper(input)
  files.listed(pdf)
  const seen = { opened: 0, objects: 0, words: 0 }
  for (let index = 0; index < pdf.pages; index += 1) {
    const read = readPage(pdf, index, { files, maxPixels: input.limits.pixels })
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
