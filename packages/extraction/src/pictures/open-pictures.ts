import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { ExtractionError } from '../errors.ts'
import { openPdf, withPage, type PdfDocument } from '../parsers/pdf/document.ts'
import { checkPixels, objectsOf } from '../parsers/pdf/page-objects.ts'
import type { ChildLimits } from '../sandbox/records.ts'
import type { PagePicture, PictureLook } from '../types.ts'
import { drawPage, white, type ColourImage } from './bitmap.ts'
import { colourBoxes } from './colour-boxes.ts'
import { drawMark } from './mark.ts'
import { openRaster, type Raster } from './raster.ts'

/** Pixels on the longer side where nobody says: an A4 page at 137 dpi, in which small print can be read. */
const longerSide = 1_600
/** A page of a business card is not blown up beyond this many pixels a point (1/72 inch). */
const mostPixelsAPoint = 4

/** Pixels downwards where a width is asked for, so that a strip is drawn narrower. */
const mostHeight = 6_000

/** The picture of page `number` (from 1); null where there is no such page, or it is damaged. */
export type Pictures = (number: number) => Promise<PagePicture | null>
type Source = { readonly path: string; readonly mime: string; readonly password: string | null; readonly look: PictureLook }

/** The largest picture that is drawn. */
const frameOf = (width: number | null) => (width === null ? { width: longerSide, height: longerSide } : { width, height: mostHeight })

function pdfPage(pdf: PdfDocument, number: number, { pixels, width }: { pixels: number; width: number | null }): ColourImage | null {
  if (number > pdf.pages) return null
  return withPage(pdf, number - 1, (page) => {
    checkPixels(objectsOf(page), pixels)
    const frame = frameOf(width)
    const fitting = Math.min(frame.width / page.width, frame.height / page.height)
    const scale = width === null ? Math.min(mostPixelsAPoint, fitting) : fitting
    return drawPage(page, { width: Math.max(1, Math.round(page.width * scale)), height: Math.max(1, Math.round(page.height * scale)) }, white)
  })
}

async function picturePage(raster: Raster, number: number, width: number | null): Promise<ColourImage | null> {
  if (number > raster.pages) return null
  const { image } = await raster.page(number)
  const { data, info } = await image().autoOrient().resize({ ...frameOf(width), fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' }).toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

const raw = ({ width, height }: ColourImage) => ({ raw: { width, height, channels: 4 as const } })

async function encode(image: ColourImage, { format, mark, boxes }: PictureLook): Promise<PagePicture> {
  colourBoxes(image, boxes)
  const over = mark === null ? [] : [await drawMark(mark, image)]
  const drawn = sharp(image.data, raw(image)).composite(over.map((one) => ({ input: one.data, ...raw(one), top: 0, left: 0 }))).removeAlpha()
  const bytes = await (format === 'webp' ? drawn.webp({ quality: 80 }) : drawn.png({ compressionLevel: 6 })).toBuffer()
  return { bytes, width: image.width, height: image.height }
}

/** Opens a PDF or a picture for showing its pages. @throws ExtractionError as `openPdf` does, `pixel_limit` before an image is decoded */
export async function openPictures({ path, mime, password, look }: Source, { pixels }: ChildLimits): Promise<Pictures> {
  if (mime !== 'application/pdf' && !mime.startsWith('image/')) throw new ExtractionError('unsupported_type', `no pictures of ${mime}`, { mime })
  const draw = mime === 'application/pdf' ? pdfPages(await openPdf(readFileSync(path), password), { pixels, width: look.width }) : rasterPages(await openRaster(path, pixels), look.width)
  return async (number) => {
    const image = await draw(number)
    return image === null ? null : encode(image, look)
  }
}

type Draw = (number: number) => Promise<ColourImage | null>
const pdfPages = (pdf: PdfDocument, size: { pixels: number; width: number | null }): Draw => (number) => Promise.resolve(pdfPage(pdf, number, size))
const rasterPages = (raster: Raster, width: number | null): Draw => (number) => picturePage(raster, number, width)
