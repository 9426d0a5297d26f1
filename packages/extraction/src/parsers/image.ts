import sharp from 'sharp'
import { ExtractionError } from '../errors.ts'
import type { ParserInput } from './parser.types.ts'

/** An image is read by OCR alone; each page of a TIFF is a page. Nothing is decoded here but the header. */
export async function parse(input: ParserInput): Promise<void> {
  const { width, height, pages = 1 } = await sharp(input.file.path, { limitInputPixels: false }).metadata()
  if (width * height > input.limits.pixels) throw new ExtractionError('pixel_limit', `${width} x ${height} pixels`, { mime: input.mime })
  input.total(pages)
  for (let index = 0; index < pages; index += 1) input.page('', { needsOcr: true })
}
