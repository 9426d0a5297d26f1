import type { ParserInput } from '../parser.types.ts'
import type { PdfDocument, PdfPage } from './document.ts'
import { readString, withMemory, type Pdfium } from './engine.ts'
import { ExtractionError } from '../../errors.ts'

/** PDFium's FPDF_ANNOT_FILEATTACHMENT. */
const fileAnnotation = 17
/** Files at the pins of one page, and in the list of a document; the sink has its own limit for all of them. */
const [maxPins, maxListed] = [1_000, 1_001]

/** The bytes of an embedded file, none where it is empty; null when they cannot be decoded, as those that are locked by a password of their own. Throws `output_limit`. */
function contentOf(engine: Pdfium, attachment: number, maxBytes: number): Buffer | null {
  return withMemory(engine, 4, (length) => {
    const size = () => (engine.HEAP32[length >> 2] ?? 0) >>> 0
    if (engine._FPDFAttachment_GetFile(attachment, 0, 0, length) === 0) return null
    const bytes = size()
    if (bytes === 0) return Buffer.alloc(0)
    if (bytes > maxBytes) throw new ExtractionError('output_limit', `an attachment of ${bytes} bytes`)
    return withMemory(engine, bytes, (buffer) => {
      if (engine._FPDFAttachment_GetFile(attachment, buffer, bytes, length) === 0) return null
      return Buffer.from(engine.HEAPU8.slice(buffer, buffer + bytes))
    })
  })
}

export type FileKeeper = {
  /** Keeps what is in the document's own list: attachments, and the files of a portfolio. */
  listed(pdf: PdfDocument): void
  /** Keeps what hangs at pins on a page. */
  pinned(page: PdfPage): void
}

/** Keeps files embedded in a PDF for readings of their own; one that is there twice, in the list and at a pin, is kept once. */
export function createFileKeeper({ attach, limits, warn }: Pick<ParserInput, 'attach' | 'limits' | 'warn'>): FileKeeper {
  const seen = new Set<string>()
  const keep = (engine: Pdfium, attachment: number) => {
    if (attachment === 0) return
    const name = readString(engine, (buffer, length) => engine._FPDFAttachment_GetName(attachment, buffer, length)) || 'attachment'
    const bytes = contentOf(engine, attachment, limits.unpackedBytes)
    const key = `${name}\u0000${bytes?.length ?? -1}`
    if (seen.has(key)) return
    seen.add(key)
    if (bytes === null) warn({ reason: 'attachment_unreadable', names: [name] })
    else if (bytes.length > 0) attach(name, bytes)
  }
  return {
    listed: ({ engine, document }) => {
      const count = Math.min(engine._FPDFDoc_GetAttachmentCount(document), maxListed)
      for (let index = 0; index < count; index += 1) keep(engine, engine._FPDFDoc_GetAttachment(document, index))
    },
    pinned: ({ engine, page }) => {
      const count = Math.min(engine._FPDFPage_GetAnnotCount(page), maxPins)
      for (let index = 0; index < count; index += 1) {
        const annotation = engine._FPDFPage_GetAnnot(page, index)
        if (annotation === 0) continue
        if (engine._FPDFAnnot_GetSubtype(annotation) === fileAnnotation) keep(engine, engine._FPDFAnnot_GetFileAttachment(annotation))
        engine._FPDFPage_CloseAnnot(annotation)
      }
    },
  }
}
