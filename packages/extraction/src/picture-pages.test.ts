import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canPicture, picturePages, type PagePicture, type PictureLook } from './index.ts'
import { pdfFile, textContent } from './testing/sample-files.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'picture-test-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

const workDir = async (): Promise<string> => mkdtemp(join(folder, 'work-'))
type Asked = Partial<PictureLook> & { mime?: string; pages?: number[]; password?: string }
async function pictures(name: string, bytes: Buffer, { mime = 'application/pdf', pages = [1], password, ...look }: Asked = {}) {
  const path = join(folder, name)
  await writeFile(path, bytes)
  const own = await workDir()
  const made = await picturePages({
    path, mime, pages, workDir: own, signal: AbortSignal.timeout(60_000), look: { format: 'webp', width: null, mark: null, boxes: [], ...look }, ...(password === undefined ? {} : { password }),
  })
  expect(await readdir(own)).toEqual([])
  return made
}
/** Of pixels that are reddish, as nothing but the mark is. */
async function redness(picture: PagePicture | undefined): Promise<number> {
  const { data, info } = await sharp(picture?.bytes).raw().toBuffer({ resolveWithObject: true })
  let red = 0
  for (let at = 0; at < data.length; at += info.channels) if ((data[at] ?? 0) - (data[at + 1] ?? 0) > 25) red += 1
  return red / (info.width * info.height)
}
const sizeOf = async (picture: PagePicture | undefined) => { const { format, width, height } = await sharp(picture?.bytes).metadata(); return [format, width, height] }
const twoPages = () => pdfFile([textContent(['The first page'], 20), textContent(['The second page'], 20)])

test('pages of a PDF become pictures, and pages that it does not have become none', async () => {
  const made = await pictures('two.pdf', twoPages(), { pages: [2, 1, 3] })
  expect([...made.keys()].toSorted((a, b) => a - b)).toEqual([1, 2])
  expect((await sizeOf(made.get(1)))[0]).toBe('webp')
  expect(Math.max(...(await sizeOf(made.get(1))).slice(1) as number[])).toBe(1_600)
  expect(await redness(made.get(1))).toBe(0)
  expect(made.get(1)?.bytes.equals(made.get(2)?.bytes ?? Buffer.alloc(0))).toBe(false)
})

test('the mark is drawn all over the picture, whatever letters it has', async () => {
  const made = await pictures('marked.pdf', twoPages(), { mark: 'ädä@example.org 2026-11-30' })
  const { bytes, width, height } = made.get(1) ?? { bytes: Buffer.alloc(0), width: 0, height: 0 }
  for (const [left, top] of [[0, 0], [0.5, 0], [0, 0.5], [0.5, 0.5]] as const) {
    const quarter = await sharp(bytes).extract({ left: Math.floor(left * width), top: Math.floor(top * height), width: Math.floor(width / 2), height: Math.floor(height / 2) }).webp().toBuffer()
    expect(await redness({ bytes: quarter, width, height })).toBeGreaterThan(0.02)
  }
})

test('a photograph is made smaller, upright, and marked as well', async () => {
  const photo = await sharp({ create: { width: 3_200, height: 1_000, channels: 3, background: '#808080' } }).jpeg().withMetadata({ orientation: 6 }).toBuffer()
  const made = await pictures('photo.jpg', photo, { mime: 'image/jpeg', mark: 'somebody' })
  expect(await sizeOf(made.get(1))).toEqual(['webp', 500, 1_600])
  expect(await redness(made.get(1))).toBeGreaterThan(0.02)
})

test('what is no such file, and what would be too many pixels, makes no picture', async () => {
  await expect(pictures('broken.pdf', Buffer.from('%PDF-1.7 nothing'))).rejects.toMatchObject({ reason: 'corrupt' })
  await expect(pictures('text.txt', Buffer.from('words'), { mime: 'text/plain' })).rejects.toMatchObject({ reason: 'unsupported_type' })
  expect(['application/pdf', 'image/tiff', 'text/plain', 'image/svg+xml'].map(canPicture)).toEqual([true, true, false, false])
})

/** Of the pixels of a part of a picture, those that a marker coloured. */
async function marked({ bytes, width, height }: PagePicture, [left, top, right, bottom]: [number, number, number, number]): Promise<number> {
  const part = { left: Math.ceil(left * width), top: Math.ceil(top * height), width: Math.floor((right - left) * width) - 1, height: Math.floor((bottom - top) * height) - 1 }
  const { data, info } = await sharp(bytes).extract(part).raw().toBuffer({ resolveWithObject: true })
  let count = 0
  for (let at = 0; at < data.length; at += info.channels) if ((data[at] ?? 0) > 200 && (data[at + 2] ?? 255) < 100) count += 1
  return count / (info.width * info.height)
}

test('a picture has the width that was asked for, and places are coloured over what stands there', async () => {
  const made = await pictures('boxes.pdf', twoPages(), { format: 'png', width: 612, boxes: [{ left: 0.1, top: 0.5, right: 0.4, bottom: 0.6 }, { left: 0.3, top: 0.55, right: 1, bottom: 0.7 }] })
  const picture = made.get(1)
  if (picture === undefined) throw new Error('no picture')
  expect([picture.width, picture.height, await sizeOf(picture)]).toEqual([612, 792, ['png', 612, 792]])
  expect(await marked(picture, [0.1, 0.5, 0.4, 0.6])).toBe(1)
  expect(await marked(picture, [0.4, 0.55, 1, 0.7])).toBe(1)
  expect(await marked(picture, [0, 0, 1, 0.49])).toBe(0)
  expect(await marked(picture, [0, 0.61, 0.29, 1])).toBe(0)
})

test('a strip is drawn narrower than asked for, and a photograph no larger than it is', async () => {
  const strip = Buffer.from(pdfFile(['']).toString('latin1').replace('[0 0 612 792]', '[0 0 10 20000]'), 'latin1')
  expect(await sizeOf((await pictures('strip.pdf', strip, { width: 2_000 })).get(1))).toEqual(['webp', 3, 6_000])
  const photo = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#808080' } }).png().toBuffer()
  expect(await sizeOf((await pictures('small.png', photo, { mime: 'image/png', width: 900 })).get(1))).toEqual(['webp', 300, 200])
})
