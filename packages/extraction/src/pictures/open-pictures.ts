import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { ExtractionError } from '../errors.ts'
import { openPdf, withPage, type PdfDocument } from '../parsers/pdf/document.ts'
import { checkPixels, objectsOf } from '../parsers/pdf/page-objects.ts'
import type { ChildLimits } from '../sandbox/records.ts'
import { drawPage, white, type ColourImage } from './bitmap.ts'
import { drawMark } from './mark.ts'

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

async function picturePage(path: string, number: number, limits: ChildLimits): Promise<ColourImage | null> {
  const open = (limitInputPixels: number | false) => sharp(path, { page: number - 1, limitInputPixels, failOn: 'none' })
  const { pages = 1 } = await sharp(path, { limitInputPixels: false }).metadata()
  if (number > pages) return null
  const { width, height } = await open(false).metadata()
  if (width * height > limits.pixels) throw new ExtractionError('pixel_limit', `${width} x ${height} pixels`)
  const { data, info } = await open(limits.pixels).autoOrient().resize({ width: longerSide, height: longerSide, fit: 'inside', withoutEnlargement: true })
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
  const pdf = mime === 'application/pdf' ? await openPdf(readFileSync(path), null) : null
  return async (number) => {
    const image = pdf === null ? await picturePage(path, number, limits) : pdfPage(pdf, number, limits)
    return image === null ? null : encode(image, mark)
  }
}
