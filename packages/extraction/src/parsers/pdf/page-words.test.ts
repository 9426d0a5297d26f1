import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Box } from '../../layout/word-boxes.ts'
import type { GrayImage } from '../../ocr/gray-image.ts'
import { openPageImages } from '../../ocr/page-images.ts'
import { readHere } from '../../testing/read-here.ts'
import { pdfFile } from '../../testing/sample-files.ts'
import { defaultLimits } from '../../types.ts'
import { findIn } from './page-words.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'words-test-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

const words = 'BT /F1 20 Tf 100 600 Td (Harbour) Tj 200 -300 Td (master) Tj ET'

/** The text of the first page, its words that have a place, and their places. */
async function placed(bytes: Buffer) {
  const { pages: [page], boxes: [boxes = []] } = await readHere(bytes)
  return { text: page?.text, found: boxes.map(({ start, end }) => page?.text.slice(start, end)), boxes }
}

async function drawn(bytes: Buffer): Promise<GrayImage> {
  const path = join(folder, 'page.pdf')
  await writeFile(path, bytes)
  const image = await (await openPageImages({ path, mime: 'application/pdf', password: null }, defaultLimits)).image(1)
  if (image === null) throw new Error('the page was not drawn')
  return image
}

/** Share of the ink that lies within the places, of which there is much more outside when one is wrong. */
function inkWithin({ data, width, height }: GrayImage, boxes: readonly Box[]): number {
  let [ink, within] = [0, 0]
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) {
    if ((data[y * width + x] ?? 255) > 128) continue
    ink += 1
    if (boxes.some(({ left, top, right, bottom }) => x >= left * width - 1 && x <= right * width + 1 && y >= top * height - 1 && y <= bottom * height + 1)) within += 1
  }
  return within / ink
}

describe('words stand where they are drawn', () => {
  test.each([
    ['upright', ''], ['turned by a quarter', '/Rotate 90'], ['upside down', '/Rotate 180'], ['turned by three quarters', '/Rotate 270'],
    ['cut out of a larger page', '/CropBox [50 200 500 700]'], ['cut out and turned', '/CropBox [50 200 500 700] /Rotate 90'],
  ])('%s', async (_, pageKeys) => {
    const bytes = pdfFile([words], { pageKeys })
    const { found, boxes } = await placed(bytes)
    expect(found).toEqual(['Harbour', 'master'])
    const image = await drawn(bytes)
    expect(inkWithin(image, boxes)).toBeGreaterThan(0.99)
    expect(inkWithin(image, boxes.slice(0, 1))).toBeLessThan(0.7)
    // No larger than they have to be: two words of 20 points.
    for (const { left, top, right, bottom } of boxes) expect((right - left) * image.width * (bottom - top) * image.height).toBeLessThan(image.width * image.height * 0.02)
  })
})

test('a word that is divided at the end of a line has two places', async () => {
  const content = 'BT /F1 12 Tf 14 TL 60 700 Td (The lighthouse and the har-) Tj T* (bour of the town) Tj ET'
  const { text, found, boxes } = await placed(pdfFile([content]))
  expect(text).toBe('The lighthouse and the harbour of the town')
  expect(found).toEqual(['The', 'lighthouse', 'and', 'the', 'har', 'bour', 'of', 'the', 'town'])
  const parts = boxes.slice(4, 6)
  expect(parts[1]?.top).toBeCloseTo((parts[0]?.top ?? 0) + 14 / 792, 3)
  expect(parts[1]?.left).toBeLessThan(parts[0]?.left ?? 0)
})

test('words outside the page have no place, and their text is kept', async () => {
  const { text, found } = await placed(pdfFile(['BT /F1 12 Tf 60 700 Td (Inside) Tj 900 0 Td (outside) Tj ET']))
  expect([text, found]).toEqual(['Inside outside', ['Inside']])
})

test('characters are found again after others were taken out and white space was changed', () => {
  expect([...findIn('a\u0002\r\nb  c', 'ab c')]).toEqual([0, 4, -1, 7])
  expect([...findIn('abc', 'axc')]).toEqual([0, -1, 2])
})
