import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { ExtractionError } from '../errors.ts'
import { openPdf, withPage, type PdfDocument, type PdfPage } from '../parsers/pdf/document.ts'
import { checkPixels, objectsOf } from '../parsers/pdf/page-objects.ts'
import { openRaster } from '../pictures/raster.ts'
import type { ChildLimits } from '../sandbox/records.ts'
import type { GrayImage } from './gray-image.ts'

/** Gives the pixels of page `number` (from 1), upright as far as the file says. null when the page cannot be opened. */
export type PageImages = (number: number) => Promise<GrayImage | null>

const pointsPerInch = 72
const usualDpi = 300
/** A4 at 300 dpi has 9 million; beyond 40 nothing is read better and tesseract's memory grows. */
const mostPixels = 40_000_000
/** Letters of small pictures are a few pixels high; tesseract wants about 30. */
const smallWidth = 1_000

const flags = { annotations: 0x01, grayscale: 0x08 }
const bitmapGray = 1

function renderPage({ engine, page, form, width, height }: PdfPage, maxPixels: number): GrayImage {
  const wanted = (width / pointsPerInch) * (height / pointsPerInch) * usualDpi ** 2
  const dpi = usualDpi * Math.min(1, Math.sqrt(Math.min(maxPixels, mostPixels) / wanted))
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

function pdfImages(pdf: PdfDocument, limits: ChildLimits): PageImages {
  return async (number) => {
    if (number > pdf.pages) throw new ExtractionError('ocr_failed', `page ${number} of ${pdf.pages}`)
    return withPage(pdf, number - 1, (page) => {
      checkPixels(objectsOf(page), limits.pixels)
      return renderPage(page, limits.pixels)
    })
  }
}

async function pictureImages(path: string, limits: ChildLimits): Promise<PageImages> {
  const raster = await openRaster(path, limits.pixels)
  return async (number) => {
    const { width, height, density, image } = await raster.page(number)
    const scale = width < smallWidth ? Math.min(3, Math.ceil(smallWidth / width)) : Math.min(1, Math.sqrt(mostPixels / (width * height)))
    const upright = await image()
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('b-w')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const raw = { raw: { width: upright.info.width, height: upright.info.height, channels: upright.info.channels } }
    const sized =
      scale === 1
        ? upright
        : await sharp(upright.data, raw)
            .resize({ width: Math.round(upright.info.width * scale) })
            .toColourspace('b-w')
            .raw({ depth: 'uchar' })
            .toBuffer({ resolveWithObject: true })
    if (sized.info.channels !== 1) throw new ExtractionError('internal', `${sized.info.channels} channels after turning gray`)
    const dpi = density !== null && density >= 70 && density <= 1_200 ? Math.round(density * scale) : null
    return { width: sized.info.width, height: sized.info.height, data: sized.data, dpi }
  }
}

/** Opens a PDF or a picture for reading its pixels. Throws ExtractionError as `openPdf` does, `pixel_limit` before an image is decoded. */
export async function openPageImages(source: { path: string; mime: string; password: string | null }, limits: ChildLimits): Promise<PageImages> {
  if (source.mime === 'application/pdf') return pdfImages(await openPdf(readFileSync(source.path), source.password), limits)
  if (source.mime.startsWith('image/')) return pictureImages(source.path, limits)
  throw new ExtractionError('unsupported_type', `no pixels in ${source.mime}`, { mime: source.mime })
}

/** Turns an image clockwise; what comes in at the corners is white. */
export async function turn(image: GrayImage, degrees: number): Promise<GrayImage> {
  const { data, info } = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 1 } })
    .rotate(degrees, { background: '#ffffff' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data, dpi: image.dpi }
}
