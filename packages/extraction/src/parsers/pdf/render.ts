import { ExtractionError } from '../../errors.ts'
import type { GrayImage } from '../../ocr/gray-image.ts'
import type { PdfPage } from './document.ts'

const pointsPerInch = 72
const flags = { annotations: 0x01, grayscale: 0x08 }
const bitmapGray = 1

/** Draws a page with what is laid over it, at `dpi` or as much less as `maxPixels` asks for. @throws ExtractionError memory_limit, pixel_limit */
export function renderGray({ engine, page, form, width, height }: PdfPage, { dpi: usual, maxPixels }: { dpi: number; maxPixels: number }): GrayImage {
  const wanted = (width / pointsPerInch) * (height / pointsPerInch) * usual ** 2
  const dpi = usual * Math.min(1, Math.sqrt(maxPixels / wanted))
  const pixels = { width: Math.max(1, Math.floor((width * dpi) / pointsPerInch)), height: Math.max(1, Math.floor((height * dpi) / pointsPerInch)) }
  const bytes = pixels.width * pixels.height
  const memory = engine.wasmExports.malloc(bytes)
  if (memory === 0) throw new ExtractionError('memory_limit', `no room for ${bytes} pixels`)
  const bitmap = engine._FPDFBitmap_CreateEx(pixels.width, pixels.height, bitmapGray, memory, pixels.width)
  if (bitmap === 0) throw new ExtractionError('pixel_limit', `a page of ${pixels.width} x ${pixels.height} pixels`)
  try {
    engine._FPDFBitmap_FillRect(bitmap, 0, 0, pixels.width, pixels.height, 0xffffffff)
    engine._FPDF_RenderPageBitmap(bitmap, page, 0, 0, pixels.width, pixels.height, 0, flags.annotations | flags.grayscale)
    if (form !== 0) engine._FPDF_FFLDraw(form, bitmap, page, 0, 0, pixels.width, pixels.height, 0, flags.annotations | flags.grayscale)
    return { ...pixels, data: Buffer.from(engine.HEAPU8.slice(memory, memory + bytes)), dpi: Math.round(dpi) }
  } finally {
    engine._FPDFBitmap_Destroy(bitmap)
    engine.wasmExports.free(memory)
  }
}
