import { openRaster } from '../pictures/raster.ts'
import type { ParserInput } from './parser.types.ts'

/** An image is read by OCR alone; each page of a TIFF is a page, and one that is too large costs the others nothing. Nothing is decoded here but the head. */
export async function parse(input: ParserInput): Promise<void> {
  const raster = await openRaster(input.file.path, input.limits.pixels)
  if (raster.pages === 1) await raster.page(1)
  input.total(raster.pages)
  for (let index = 0; index < raster.pages; index += 1) input.page('', { needsOcr: true })
}
