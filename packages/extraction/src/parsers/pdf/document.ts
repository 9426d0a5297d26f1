import { ExtractionError } from '../../errors.ts'
import { loadEngine, withMemory, type Pdfium } from './engine.ts'

export type PdfDocument = { engine: Pdfium; document: number; form: number; pages: number }
export type PdfPage = { engine: Pdfium; page: number; form: number; width: number; height: number }

const mime = 'application/pdf'
/** PDFium's FPDF_GetLastError. */
const errors = { format: 3, password: 4, security: 5 }
/** Size and version of FPDF_FORMFILLINFO: all its callbacks stay empty, no script is ever run. */
const formInfo = { bytes: 256, version: 2 }

/**
 * Opens a PDF. A file that is locked only for its owner (no printing, no copying) opens without asking: whoever uploaded it may read it.
 *
 * @throws ExtractionError `password_required`, `password_wrong`, `corrupt`, `unsupported_type` (a security handler nobody knows)
 */
export async function openPdf(bytes: Buffer, password: string | null): Promise<PdfDocument> {
  const engine = await loadEngine()
  const data = engine.wasmExports.malloc(bytes.length)
  if (data === 0) throw new ExtractionError('memory_limit', `${bytes.length} bytes do not fit into the engine`, { mime })
  engine.HEAPU8.set(bytes, data)
  let document = load(engine, data, bytes.length, password === null ? null : Buffer.from(password, 'utf8'))
  // Revisions 2 to 4 take passwords in Latin-1, 5 and 6 in UTF-8; the file does not say which until it is open.
  if (document === 0 && password !== null && /[^\u0000-\u007f]/.test(password) && engine._FPDF_GetLastError() === errors.password) {
    document = load(engine, data, bytes.length, Buffer.from(password, 'latin1'))
  }
  if (document === 0) throw openingError(engine._FPDF_GetLastError(), password !== null)
  const info = engine.wasmExports.malloc(formInfo.bytes)
  engine.HEAPU8.fill(0, info, info + formInfo.bytes)
  engine.HEAP32[info >> 2] = formInfo.version
  return { engine, document, form: engine._FPDFDOC_InitFormFillEnvironment(document, info), pages: engine._FPDF_GetPageCount(document) }
}

function load(engine: Pdfium, data: number, length: number, password: Buffer | null): number {
  if (password === null) return engine._FPDF_LoadMemDocument(data, length, 0)
  return withMemory(engine, password.length + 1, (pointer) => {
    engine.HEAPU8.set(password, pointer)
    return engine._FPDF_LoadMemDocument(data, length, pointer)
  })
}

function openingError(code: number, withPassword: boolean): ExtractionError {
  if (code === errors.password) return new ExtractionError(withPassword ? 'password_wrong' : 'password_required', 'the file is encrypted', { mime })
  if (code === errors.security) return new ExtractionError('unsupported_type', 'an unknown security handler', { mime })
  return new ExtractionError('corrupt', `the file does not open (${code})`, { mime })
}

/** Runs `use` with page `index` (from 0); null when the page itself is damaged. */
export function withPage<T>(pdf: PdfDocument, index: number, use: (page: PdfPage) => T): T | null {
  const { engine, document, form } = pdf
  const page = engine._FPDF_LoadPage(document, index)
  if (page === 0) return null
  try {
    if (form !== 0) engine._FORM_OnAfterLoadPage(page, form)
    return use({ engine, page, form, width: engine._FPDF_GetPageWidth(page), height: engine._FPDF_GetPageHeight(page) })
  } finally {
    if (form !== 0) engine._FORM_OnBeforeClosePage(page, form)
    engine._FPDF_ClosePage(page)
  }
}
