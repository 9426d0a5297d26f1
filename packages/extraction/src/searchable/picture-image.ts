import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import type { RasterPage } from '../pictures/raster.ts'
import type { Matrix } from './place-words.ts'

/** A picture as PDF has it: entries of its dictionary, packed bytes, its pixels, and how it comes to lie on a page one unit wide and high. */
export type PdfImage = { readonly entries: string; readonly bytes: Buffer; readonly width: number; readonly height: number; readonly upright: Matrix }

const asItIs: Matrix = [1, 0, 0, 1, 0, 0]
/** By EXIF's orientation, 1 to 8: what shows the stored picture upright on a square of one unit. */
const uprights: readonly Matrix[] = [
  asItIs, [-1, 0, 0, 1, 1, 0], [-1, 0, 0, -1, 1, 1], [1, 0, 0, -1, 0, 1], [0, -1, -1, 0, 1, 1], [0, -1, 1, 0, 0, 1], [0, 1, 1, 0, 0, 0], [0, 1, -1, 0, 1, 0],
]
const spaces = { 1: '/DeviceGray', 3: '/DeviceRGB' } as const
const isKnown = (channels: number | undefined): channels is keyof typeof spaces => channels === 1 || channels === 3

/** A JPEG goes into a PDF as it is. null: it is none, or one of four colours, which readers disagree about. */
export async function jpegImage(path: string): Promise<PdfImage | null> {
  const { format, width, height, channels, orientation = 1 } = await sharp(path, { limitInputPixels: false, failOn: 'none' }).metadata()
  if (format !== 'jpeg' || !isKnown(channels)) return null
  return {
    entries: `/Width ${width} /Height ${height} /ColorSpace ${spaces[channels]} /BitsPerComponent 8 /Filter /DCTDecode`, bytes: readFileSync(path),
    ...(orientation > 4 ? { width: height, height: width } : { width, height }), upright: uprights[orientation - 1] ?? asItIs,
  }
}

/** The pixels of any other picture, upright, without loss but of what is beyond eight bits a colour. */
export async function flateImage({ image }: RasterPage): Promise<PdfImage> {
  const { data, info } = await image().autoOrient().flatten({ background: '#ffffff' }).toColourspace(await isGray(image()) ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const size = `/Width ${width} /Height ${height}`
  const bits = channels === 1 ? bitsOf(data, width) : null
  if (bits !== null) return { entries: `${size} /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /FlateDecode`, bytes: deflateSync(bits), width, height, upright: asItIs }
  if (!isKnown(channels)) throw new RangeError(`a picture of ${channels} channels`)
  // Filtered by rows as PNG does it, which PDF knows as predictors; the packed rows are taken out of its chunks.
  const png = await sharp(data, { raw: { width, height, channels } }).toColourspace(channels === 1 ? 'b-w' : 'srgb').png({ compressionLevel: 6, adaptiveFiltering: true }).toBuffer()
  const rows = `/Predictor 15 /Colors ${channels} /BitsPerComponent 8 /Columns ${width}`
  return { entries: `${size} /ColorSpace ${spaces[channels]} /BitsPerComponent 8 /Filter /FlateDecode /DecodeParms << ${rows} >>`, bytes: packedRows(png), width, height, upright: asItIs }
}

async function isGray(picture: Sharp): Promise<boolean> {
  const { space, channels } = await picture.metadata()
  return space === 'b-w' || space === 'grey16' || channels < 3
}

/** One bit a pixel, as of a fax; null where some are neither black nor white. */
function bitsOf(data: Buffer, width: number): Buffer | null {
  const rowBytes = Math.ceil(width / 8)
  const bits = Buffer.alloc(rowBytes * (data.length / width))
  for (let at = 0, row = 0, x = 0; at < data.length; at += 1) {
    const value = data[at]
    if (value === 255) bits[row + (x >> 3)] = (bits[row + (x >> 3)] ?? 0) | (128 >> (x & 7))
    else if (value !== 0) return null
    x += 1
    if (x === width) [row, x] = [row + rowBytes, 0]
  }
  return bits
}

const signatureBytes = 8

function packedRows(png: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = signatureBytes; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  return Buffer.concat(parts)
}
