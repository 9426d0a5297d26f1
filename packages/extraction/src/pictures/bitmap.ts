import { ExtractionError } from '../errors.ts'
import type { Pdfium } from '../parsers/pdf/engine.ts'
import type { PdfPage } from '../parsers/pdf/document.ts'

/** Four bytes a pixel, red first, rows from the top. */
export type ColourImage = { readonly width: number; readonly height: number; readonly data: Buffer }

/** In PDFium's headers: blue, green, red, alpha; annotations are drawn too, and red stands first. */
const bitmapBgra = 4
const flags = 0x01 | 0x10
export const [white, clear] = [0xffffffff, 0x00000000]

/** Draws a page onto `background`, in as many pixels as are asked for. */
export function drawPage({ engine, page, form }: Pick<PdfPage, 'engine' | 'page' | 'form'>, { width, height }: Pick<ColourImage, 'width' | 'height'>, background: number): ColourImage {
  const bytes = width * height * 4
  const memory = memoryOf(engine, bytes)
  const bitmap = engine._FPDFBitmap_CreateEx(width, height, bitmapBgra, memory, width * 4)
  if (bitmap === 0) throw new ExtractionError('pixel_limit', `a picture of ${width} x ${height} pixels`)
  try {
    engine._FPDFBitmap_FillRect(bitmap, 0, 0, width, height, background)
    engine._FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
    if (form !== 0) engine._FPDF_FFLDraw(form, bitmap, page, 0, 0, width, height, 0, flags)
    return { width, height, data: Buffer.from(engine.HEAPU8.slice(memory, memory + bytes)) }
  } finally {
    engine._FPDFBitmap_Destroy(bitmap)
    engine.wasmExports.free(memory)
  }
}

function memoryOf(engine: Pdfium, bytes: number): number {
  const memory = engine.wasmExports.malloc(bytes)
  if (memory === 0) throw new ExtractionError('memory_limit', `no room for ${bytes} bytes of a picture`)
  return memory
}
