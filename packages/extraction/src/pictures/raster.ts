import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import sharp, { type Sharp } from 'sharp'
import { ExtractionError } from '../errors.ts'
import { decodeBmp, isBmp, readBmpHead } from './bmp.ts'

/** One page of a picture whose size is within the limit; nothing of it is decoded yet. `density` in dots an inch where the file says so. */
export type RasterPage = { readonly width: number; readonly height: number; readonly density: number | null; image(): Sharp }
/** A picture file. Of moving pictures the first frame counts: the others show what is hardly different. */
export type Raster = {
  readonly pages: number
  /** Page `number` (from 1). Throws `pixel_limit` before anything is decoded. */
  page(number: number): Promise<RasterPage>
}

const headBytes = 128
const moving = new Set(['gif', 'webp'])

function headOf(path: string): Buffer {
  const fd = openSync(path, 'r')
  try {
    const head = Buffer.alloc(headBytes)
    return head.subarray(0, readSync(fd, head, 0, headBytes, 0))
  } finally {
    closeSync(fd)
  }
}

function checkSize({ width, height }: { width: number; height: number }, maxPixels: number): void {
  if (width * height > maxPixels) throw new ExtractionError('pixel_limit', `${width} x ${height} pixels`)
}

/** Bitmaps of Windows are the one kind that libvips does not read. */
function openBmp(path: string, head: Buffer, maxPixels: number): Raster {
  const { width, height } = readBmpHead(head)
  return {
    pages: 1,
    page: () => {
      checkSize({ width, height }, maxPixels)
      const image = () => {
        const { data, ...size } = decodeBmp(readFileSync(path))
        return sharp(data, { raw: { ...size, channels: 3 } })
      }
      return Promise.resolve({ width, height, density: null, image })
    },
  }
}

/** Opens a picture. @throws ExtractionError `corrupt`; anything else thrown counts as that */
export async function openRaster(path: string, maxPixels: number): Promise<Raster> {
  const head = headOf(path)
  if (isBmp(head)) return openBmp(path, head, maxPixels)
  const { format, pages = 1 } = await sharp(path, { limitInputPixels: false }).metadata()
  return {
    pages: moving.has(format) ? 1 : pages,
    page: async (number) => {
      const open = (limitInputPixels: number | false) => sharp(path, { page: number - 1, limitInputPixels, failOn: 'none' })
      const { width, height, density } = await open(false).metadata()
      checkSize({ width, height }, maxPixels)
      return { width, height, density: density ?? null, image: () => open(maxPixels) }
    },
  }
}
