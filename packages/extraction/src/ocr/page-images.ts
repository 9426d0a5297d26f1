import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { ExtractionError } from '../errors.ts'
import type { WordBox } from '../layout/word-boxes.ts'
import { openPdf, withPage, type PdfDocument } from '../parsers/pdf/document.ts'
import { checkPixels, objectsOf } from '../parsers/pdf/page-objects.ts'
import { readPage } from '../parsers/pdf/read-page.ts'
import { renderGray } from '../parsers/pdf/render.ts'
import { openRaster } from '../pictures/raster.ts'
import type { ChildLimits } from '../sandbox/records.ts'
import type { TextLayer } from './choose-text.ts'
import type { GrayImage } from './gray-image.ts'

export type PageLayer = TextLayer & { readonly boxes: readonly WordBox[]; readonly notes: readonly string[] }

/** Pages by their numbers, from 1. */
export type PageImages = {
  /** The pixels, upright as far as the file says. null when the page cannot be opened. */
  image(number: number): Promise<GrayImage | null>
  /** The page's own text and where its words stand, and what is filled in and noted on the page; null where it has neither. */
  layer(number: number): PageLayer | null
}

const usualDpi = 300
/** A4 at 300 dpi has 9 million; beyond 40 nothing is read better and tesseract's memory grows. */
const mostPixels = 40_000_000
/** Letters of small pictures are a few pixels high; tesseract wants about 30. */
const smallWidth = 1_000
/** Tesseract refuses an image of more than 32,767 pixels across or down, and one that is levelled grows a little. */
const longestSide = 32_000
/** Letters of a picture that is made smaller than this of itself are too small to be read. */
const leastScale = 0.5

/** How many times as wide and as high a picture is read: small ones larger, and none beyond what is read at all. @throws ExtractionError ocr_failed */
function scaleOf(width: number, height: number): number {
  const wanted = width < smallWidth ? Math.min(3, Math.ceil(smallWidth / width)) : 1
  const longest = longestSide / Math.max(width, height)
  if (longest < leastScale) throw new ExtractionError('ocr_failed', `a picture of ${width} x ${height} pixels is too long to be read`)
  return Math.min(wanted, longest, Math.sqrt(mostPixels / (width * height)))
}

function pdfImages(pdf: PdfDocument, limits: ChildLimits): PageImages {
  return {
    image: async (number) => {
      if (number > pdf.pages) throw new ExtractionError('ocr_failed', `page ${number} of ${pdf.pages}`)
      return withPage(pdf, number - 1, (page) => {
        checkPixels(objectsOf(page), limits.pixels)
        return renderGray(page, { dpi: usualDpi, maxPixels: Math.min(limits.pixels, mostPixels) })
      })
    },
    layer: (number) => {
      const read = number > pdf.pages ? null : readPage(pdf, number - 1, { maxPixels: limits.pixels })
      return read === null || (read.own === '' && read.notes.length === 0) ? null : { text: read.own, unmapped: read.unmapped, boxes: read.boxes, notes: read.notes }
    },
  }
}

async function pictureImages(path: string, limits: ChildLimits): Promise<PageImages> {
  const raster = await openRaster(path, limits.pixels)
  const image = async (number: number): Promise<GrayImage> => {
    const { width, height, density, image: open } = await raster.page(number)
    const scale = scaleOf(width, height)
    const upright = await open()
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
            .resize({ width: Math.max(1, Math.round(upright.info.width * scale)), height: Math.max(1, Math.round(upright.info.height * scale)), fit: 'fill' })
            .toColourspace('b-w')
            .raw({ depth: 'uchar' })
            .toBuffer({ resolveWithObject: true })
    if (sized.info.channels !== 1) throw new ExtractionError('internal', `${sized.info.channels} channels after turning gray`)
    const dpi = density !== null && density >= 70 && density <= 1_200 ? Math.round(density * scale) : null
    return { width: sized.info.width, height: sized.info.height, data: sized.data, dpi }
  }
  return { image, layer: () => null }
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
