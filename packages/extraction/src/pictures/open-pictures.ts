import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { ExtractionError } from '../errors.ts'
import { openPdf, withPage, type PdfDocument } from '../parsers/pdf/document.ts'
import { checkPixels, objectsOf } from '../parsers/pdf/page-objects.ts'
import type { ChildLimits } from '../sandbox/records.ts'
import { drawPage, white, type ColourImage } from './bitmap.ts'
import { drawMark } from './mark.ts'
import { openRaster, type Raster } from './raster.ts'

/** Pixels on the longer side: an A4 page at 137 dpi, in which small print can be read. */
const longerSide = 1_600
/** A page of a business card is not blown up beyond this many pixels a point (1/72 inch). */
const mostPixelsAPoint = 4

/** The picture of page `number` (from 1); null where there is no such page, or it is damaged. */
export type Pictures = (number: number) => Promise<Buffer | null>
type Source = { readonly path: string; readonly mime: string; readonly mark: string | null }

function pdfPage(pdf: PdfDocument, number: number, { pixels }: ChildLimits): ColourImage | null {
  if (number > pdf.pages) return null
  return withPage(pdf, number - 1, (page) => {
    checkPixels(objectsOf(page), pixels)
    const scale = Math.min(mostPixelsAPoint, longerSide / Math.max(page.width, page.height))
    return drawPage(page, { width: Math.max(1, Math.round(page.width * scale)), height: Math.max(1, Math.round(page.height * scale)) }, white)
  })
}

async function picturePage(raster: Raster, number: number): Promise<ColourImage | null> {
  if (number > raster.pages) return null
  const { image } = await raster.page(number)
  const { data, info } = await image().autoOrient().resize({ width: longerSide, height: longerSide, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' }).toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

const raw = ({ width, height }: ColourImage) => ({ raw: { width, height, channels: 4 as const } })

async function encode(image: ColourImage, mark: string | null): Promise<Buffer> {
  const over = mark === null ? [] : [await drawMark(mark, image)]
  return sharp(image.data, raw(image)).composite(over.map((one) => ({ input: one.data, ...raw(one), top: 0, left: 0 }))).removeAlpha().webp({ quality: 80 }).toBuffer()
}

/** Opens a PDF or a picture for showing its pages. @throws ExtractionError as `openPdf` does, `pixel_limit` before an image is decoded */
export async function openPictures({ path, mime, mark }: Source, limits: ChildLimits): Promise<Pictures> {
  if (mime !== 'application/pdf' && !mime.startsWith('image/')) throw new ExtractionError('unsupported_type', `no pictures of ${mime}`, { mime })
  const draw = mime === 'application/pdf' ? pdfPages(await openPdf(readFileSync(path), null), limits) : rasterPages(await openRaster(path, limits.pixels))
  return async (number) => {
    const image = await draw(number)
    return image === null ? null : encode(image, mark)
  }
}

type Draw = (number: number) => Promise<ColourImage | null>
const pdfPages = (pdf: PdfDocument, limits: ChildLimits): Draw => (number) => Promise.resolve(pdfPage(pdf, number, limits))
const rasterPages = (raster: Raster): Draw => (number) => picturePage(raster, number)
