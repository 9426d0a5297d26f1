import { ExtractionError } from '../../errors.ts'
import { cleanText } from '../../text/clean.ts'
import type { ParserInput } from '../parser.types.ts'
import { openPdf, withPage } from './document.ts'
import { judgePage } from './judge.ts'
import { checkPixels, objectsOf } from './page-objects.ts'
import { annotationsOf, textOf } from './page-text.ts'

/** Text by page, what is filled in and noted on it after it; pages whose words are only in pixels are marked for OCR. */
export async function parse(input: ParserInput): Promise<void> {
  const pdf = await openPdf(input.file.bytes(), input.password)
  if (pdf.pages <= 0) throw new ExtractionError('corrupt', 'the file has no page', { mime: input.mime })
  input.total(pdf.pages)
  let readable = 0
  for (let index = 0; index < pdf.pages; index += 1) {
    const read = withPage(pdf, index, (page) => {
      const own = textOf(page)
      const text = cleanText(own.text)
      const objects = objectsOf(page)
      const verdict = judgePage({ text, unmapped: own.unmapped / Math.max(1, own.characters), ...objects })
      if (verdict === 'ocr') checkPixels(objects, input.limits.pixels)
      return { verdict, text: [text, ...annotationsOf(page)].filter((part) => part !== '').join('\n') }
    })
    // One damaged page does not cost the others; the count stays that of the file.
    if (read === null) input.page('')
    else input.page(read.text, { needsOcr: read.verdict === 'ocr' })
    if (read !== null) readable += 1
  }
  if (readable === 0) throw new ExtractionError('corrupt', `none of ${pdf.pages} pages can be opened`, { mime: input.mime })
}
