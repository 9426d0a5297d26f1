import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bmp } from '../../../../scripts/examples/containers.ts'
import { openPageImages } from '../ocr/page-images.ts'
import { readHere } from '../testing/read-here.ts'
import { defaultLimits } from '../types.ts'
import { decodeBmp } from './bmp.ts'
import { openPictures } from './open-pictures.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'raster-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Wide enough that nothing is blown up for the recognizer. */
const [width, height] = [1_200, 600]
/** White, the left upper quarter black. */
const picture = () => sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
  .composite([{ input: { create: { width: width / 2, height: height / 2, channels: 3, background: '#000000' } }, left: 0, top: 0 }])

/** A TIFF of uncompressed pages, a byte of grey a pixel, all of one shade. */
function tiffOf(pages: readonly { size: number; shade: number }[]): Buffer {
  const parts: Buffer[] = [Buffer.from('49492a0008000000', 'hex')]
  let at = 8
  pages.forEach(({ size, shade }, index) => {
    const tags = [[256, size], [257, size], [258, 8], [259, 1], [262, 1], [273, at + 2 + 9 * 12 + 4], [277, 1], [278, size], [279, size * size]] as const
    const directory = Buffer.alloc(2 + tags.length * 12 + 4)
    directory.writeUInt16LE(tags.length)
    tags.forEach(([tag, value], entry) => {
      directory.writeUInt16LE(tag, 2 + entry * 12)
      directory.writeUInt16LE(4, 4 + entry * 12)
      directory.writeUInt32LE(1, 6 + entry * 12)
      directory.writeUInt32LE(value, 10 + entry * 12)
    })
    at += directory.length + size * size
    directory.writeUInt32LE(index === pages.length - 1 ? 0 : at, directory.length - 4)
    parts.push(directory, Buffer.alloc(size * size, shade))
  })
  return Buffer.concat(parts)
}

/** Shades of grey in the middles of the quarters: left and right above, left and right below. */
async function quarters(bytes: Buffer, mime: string, page = 1): Promise<number[]> {
  const path = join(folder, 'picture')
  await writeFile(path, bytes)
  const image = await (await openPageImages({ path, mime, password: null }, defaultLimits)).image(page)
  if (image === null) throw new Error('no pixels')
  const at = (x: number, y: number) => image.data[Math.floor(image.height * y) * image.width + Math.floor(image.width * x)] ?? -1
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)].map((shade) => (shade < 60 ? 0 : shade > 195 ? 255 : shade))
}

test.each([
  ['png', 'image/png', () => picture().png().toBuffer()],
  ['jpeg', 'image/jpeg', () => picture().jpeg().toBuffer()],
  ['jpeg', 'image/jpeg', () => picture().toColourspace('cmyk').jpeg().toBuffer()],
  ['tiff', 'image/tiff', () => picture().tiff().toBuffer()],
  ['tiff', 'image/tiff', () => picture().toColourspace('cmyk').tiff().toBuffer()],
  ['webp', 'image/webp', () => picture().webp().toBuffer()],
  ['gif', 'image/gif', () => picture().gif().toBuffer()],
  ['bmp', 'image/bmp', async () => bmp({ width, height, data: await picture().toColourspace('b-w').removeAlpha().raw().toBuffer() })],
] as const)('a %s (%s) is one page for the recognizer, with its pixels where they belong', async (format, mime, make) => {
  const bytes = await make()
  expect(await readHere(bytes)).toMatchObject({ format, mime, pages: [{ text: '', needsOcr: true }] })
  expect(await quarters(bytes, mime)).toEqual([0, 255, 255, 255])
  const pictured = await (await openPictures({ path: join(folder, 'picture'), mime, password: null, look: { format: 'webp', width: null, mark: null, boxes: [] } }, defaultLimits))(1)
  expect(await sharp(pictured?.bytes ?? Buffer.alloc(0)).metadata()).toMatchObject({ width, height, format: 'webp' })
})

test('a photo that says it was taken on its side is turned upright', async () => {
  // 6: its first row is the right side.
  const turned = await picture().jpeg().withMetadata({ orientation: 6 }).toBuffer()
  expect(await quarters(turned, 'image/jpeg')).toEqual([255, 0, 255, 255])
})

test('each page of a TIFF is a page, whatever its size, and one that is too large costs only itself', async () => {
  const tiff = tiffOf([{ size: 1_000, shade: 0 }, { size: 1_200, shade: 255 }, { size: 1_500, shade: 0 }])
  expect((await readHere(tiff)).pages).toHaveLength(3)
  expect(await Promise.all([1, 2, 3].map(async (page) => (await quarters(tiff, 'image/tiff', page))[0]))).toEqual([0, 255, 0])
  const images = await openPageImages({ path: join(folder, 'picture'), mime: 'image/tiff', password: null }, { ...defaultLimits, pixels: 1_500_000 })
  expect((await images.image(2))?.width).toBe(1_200)
  await expect(images.image(3)).rejects.toMatchObject({ reason: 'pixel_limit' })
})

test('of a moving picture the first frame is the one page', async () => {
  const frames = Buffer.concat([0, 255].map((shade) => Buffer.alloc(1_000 * 500 * 3, shade)))
  const gif = await sharp(frames, { raw: { width: 1_000, height: 1_000, channels: 3, pageHeight: 500 } }).gif({ delay: [10, 10] }).toBuffer()
  expect((await sharp(gif).metadata()).pages).toBe(2)
  expect((await readHere(gif)).pages).toHaveLength(1)
  expect(await quarters(gif, 'image/gif')).toEqual([0, 0, 0, 0])
})

describe('bitmaps', () => {
  type Head = { width: number; height: number; bits: number; compression?: number; palette?: number[][]; masks?: number[] }
  function bitmap({ width: wide, height: tall, bits, compression = 0, palette = [], masks = [] }: Head, pixels: Buffer): Buffer {
    const extra = Buffer.from([...palette.flatMap(([r = 0, g = 0, b = 0]) => [b, g, r, 0]), ...masks.flatMap((mask) => [mask & 255, (mask >> 8) & 255, (mask >> 16) & 255, mask >>> 24])])
    const head = Buffer.alloc(54)
    head.write('BM', 'latin1')
    ;[0, 0, 54 + extra.length, 40, wide, tall, 1 | (bits << 16), compression, 0, 0, 0, palette.length, 0].forEach((value, index) => head.writeUInt32LE(value >>> 0, 2 + index * 4))
    return Buffer.concat([head, extra, pixels])
  }
  const palette = [[0, 0, 0], [255, 255, 255], [255, 0, 0]]
  const pixelsOf = (bytes: Buffer) => decodeBmp(bytes).data.toString('hex').replace(/(.{6})/g, '$1 ').trim()

  test.each([
    ['one bit', bitmap({ width: 2, height: 2, bits: 1, palette: palette.slice(0, 2) }, Buffer.from('4000000080000000', 'hex')), 'ffffff 000000 000000 ffffff'],
    ['four bits', bitmap({ width: 2, height: 1, bits: 4, palette }, Buffer.from('21000000', 'hex')), 'ff0000 ffffff'],
    ['eight bits, from the top', bitmap({ width: 1, height: -2, bits: 8, palette }, Buffer.from('0100000002000000', 'hex')), 'ffffff ff0000'],
    ['runs of eight bits', bitmap({ width: 4, height: 2, bits: 8, compression: 1, palette }, Buffer.from('0301' + '0000' + '0003020102' + '00' + '0001', 'hex')), 'ff0000 ffffff ff0000 000000 ffffff ffffff ffffff 000000'],
    ['runs of four bits, with a jump', bitmap({ width: 3, height: 1, bits: 4, compression: 2, palette }, Buffer.from('0120' + '00020100' + '0110' + '0001', 'hex')), 'ff0000 000000 ffffff'],
    ['sixteen bits', bitmap({ width: 2, height: 1, bits: 16 }, Buffer.from('007c1f00', 'hex')), 'ff0000 0000ff'],
    ['sixteen bits by masks', bitmap({ width: 1, height: 1, bits: 16, compression: 3, masks: [0xf800, 0x07e0, 0x001f] }, Buffer.from('e0070000', 'hex')), '00ff00'],
    ['32 bits by masks', bitmap({ width: 1, height: 1, bits: 32, compression: 3, masks: [0xff000000, 0xff0000, 0xff00] }, Buffer.from('0080c0ff', 'hex')), 'ffc080'],
    ['a cut file, white where nothing is', bitmap({ width: 1, height: 2, bits: 24 }, Buffer.from('0000ff00', 'hex')), 'ffffff ff0000'],
  ] as const)('%s', (_name, bytes, expected) => {
    expect(pixelsOf(bytes)).toBe(expected)
  })

  test('one of more pixels than allowed is refused before it is decoded, and one that is no bitmap at all is corrupt', async () => {
    await expect(readHere(bitmap({ width: 50_000, height: 50_000, bits: 24 }, Buffer.alloc(4)))).rejects.toMatchObject({ reason: 'pixel_limit' })
    await expect(readHere(bitmap({ width: 0, height: 1, bits: 24 }, Buffer.alloc(4)))).rejects.toMatchObject({ reason: 'corrupt' })
    await expect(readHere(bitmap({ width: 1, height: 1, bits: 24, compression: 5 }, Buffer.alloc(4)))).rejects.toMatchObject({ reason: 'unsupported_type' })
  })
})
