import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDocumentReader, ocrPages, unpackBoxes, type OcrInput, type OcrPage } from './index.ts'
import { openPageImages } from './ocr/page-images.ts'
import { pdfFile, textContent } from './testing/sample-files.ts'
import { defaultLimits } from './types.ts'

const lines = [
  'The quick brown fox jumps over the lazy dog',
  'and the harbour master counted seven ships',
  'before breakfast on a cold Monday morning.',
  'Nobody else was awake in the little town.',
]
const words = 'harbour master counted seven ships'
let folder = ''
/** A page of text as pixels: 1 byte each, about 150 dpi. */
let page: { data: Buffer; width: number; height: number }

function hasTesseract(): boolean {
  try {
    execFileSync('tesseract', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    process.stderr.write('\n*** tesseract is not installed here: only tesseract.js is tested ***\n\n')
    return false
  }
}
const engines = hasTesseract() ? (['native', 'wasm'] as const) : (['wasm'] as const)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocr-test-'))
  const path = await saved('page.pdf', pdfFile([textContent(lines, 20)]))
  const image = await (await openPageImages({ path, mime: 'application/pdf', password: null }, defaultLimits)).image(1)
  if (image === null) throw new Error('the page was not rendered')
  page = {
    data: await pixels(image)
      .extract({ left: 0, top: 0, width: image.width, height: Math.round(image.height / 3) })
      .resize({ width: 1_275 })
      .png()
      .toBuffer(),
    width: 1_275,
    height: 550,
  }
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const pixels = ({ data, width, height }: { data: Buffer; width: number; height: number }) => sharp(data, { raw: { width, height, channels: 1 } })

async function saved(name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

async function recognized(bytes: Buffer, mime: string, more: Partial<OcrInput> = {}) {
  const workDir = await mkdtemp(join(folder, 'work-'))
  const pages: OcrPage[] = []
  const result = await ocrPages({
    path: await saved(`file-${Math.random()}`, bytes),
    mime,
    pages: [1],
    langs: ['eng'],
    workDir,
    signal: new AbortController().signal,
    onPage: (one) => pages.push(one),
    ...more,
  })
  return { ...result, pages, left: readdirSync(workDir), text: pages.map((one) => one.text.replace(/\s+/g, ' ')).join('\n') }
}

function placeOf(found: OcrPage | undefined, word: string) {
  const place = unpackBoxes(found?.boxes ?? Buffer.alloc(0)).find(({ start, end }) => found?.text.slice(start, end) === word)
  if (place === undefined) throw new Error(`${word} has no place`)
  return place
}

describe.each(engines)('with %s', (engine) => {
  test('a scanned page gives its words and how sure they are, and leaves nothing behind', { timeout: 120_000 }, async () => {
    const found = await recognized(page.data, 'image/png', { engine })
    expect(found.text).toContain(words)
    expect(found.pages[0]?.confidence).toBeGreaterThan(80)
    expect(found).toMatchObject({ engine: engine === 'native' ? 'tesseract' : 'tesseract.js', languages: ['eng'], missing: [], left: [] })
    expect(found.pages[0]?.provenance).toEqual({ extractor: 'image', engine: found.engine, model: 'eng', version: expect.stringMatching(/^\d+\.\d/) })
  })

  test('a page that lies on its side is turned', { timeout: 120_000 }, async () => {
    const [upright, lying] = [await recognized(page.data, 'image/png', { engine }), await recognized(await sharp(page.data).rotate(90).png().toBuffer(), 'image/png', { engine })]
    expect(lying.text).toContain(words)
    const [is, was] = [placeOf(lying.pages[0], 'harbour'), placeOf(upright.pages[0], 'harbour')]
    expect([is.left, is.top, is.right, is.bottom].map((at) => at.toFixed(2))).toEqual([1 - was.bottom, was.left, 1 - was.top, was.right].map((at) => at.toFixed(2)))
  })

  test('a language without data is named, and the others are used', { timeout: 120_000 }, async () => {
    expect(await recognized(page.data, 'image/png', { engine, langs: ['eng', 'tlh', '../../etc/passwd'] })).toMatchObject({
      languages: ['eng'],
      missing: ['tlh', '../../etc/passwd'],
    })
  })
})

test('a photo that says it is turned, and a skewed one, are read', { timeout: 120_000 }, async () => {
  const turned = await sharp(await sharp(page.data).rotate(270).png().toBuffer())
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  expect((await recognized(turned, 'image/jpeg')).text).toContain(words)
  for (const degrees of [3, 8, 178]) {
    expect((await recognized(await sharp(page.data).rotate(degrees, { background: '#ffffff' }).tiff().toBuffer(), 'image/tiff')).text).toContain(words)
  }
})

test('only the asked pages of a PDF are read, each is told as it ends, and a blank one is blank', { timeout: 120_000 }, async () => {
  const file = pdfFile([textContent(['First'], 24), textContent(['Second page here'], 24), ''])
  const { pages } = await recognized(file, 'application/pdf', { pages: [2, 3] })
  expect(pages.map(({ number }) => number)).toEqual([2, 3])
  expect(pages[0]?.text).toBe('Second page here')
  expect(pages[1]).toMatchObject({ number: 3, text: '', source: 'blank', confidence: null, warnings: [] })
})

test('pages that are not there, and images of more pixels than are allowed, are told as unread with the reason, and cost the others nothing', { timeout: 120_000 }, async () => {
  const { pages } = await recognized(pdfFile([textContent(['First page here'], 24)]), 'application/pdf', { pages: [2, 1] })
  expect(pages).toMatchObject([{ number: 2, text: '', source: 'unread', warnings: ['ocr_failed'] }, { number: 1, text: 'First page here', source: 'text', warnings: [] }])
  expect((await recognized(page.data, 'image/png', { limits: { pixels: 1_000 } })).pages).toMatchObject([{ source: 'unread', warnings: ['pixel_limit'] }])
})

test('a page that ends its child is told as unread and the others are read by a new one; too many such pages end it all', { timeout: 120_000 }, async () => {
  const file = pdfFile([textContent(lines, 20), textContent(['Last page'], 24)])
  // What is read of the first page is more than the child may say.
  const talkative = (tolerance: number) => recognized(file, 'application/pdf', { pages: [1, 2], tolerance, engine: 'wasm', limits: { outputBytes: 300, boxBytes: 0 } })
  expect((await talkative(1)).pages).toMatchObject([{ number: 1, text: '', source: 'unread', warnings: ['output_limit'] }, { number: 2, text: 'Last page', source: 'text' }])
  await expect(talkative(0)).rejects.toMatchObject({ reason: 'output_limit' })
})

test('words that were recognized with little certainty are marked', { timeout: 120_000 }, async () => {
  const [found] = (await recognized(await sharp(page.data).resize({ width: 300 }).blur(1.3).png().toBuffer(), 'image/png')).pages
  expect(found?.text).not.toBe('')
  expect(found?.confidence).toBeLessThan(60)
  expect(found?.warnings).toEqual(['low_confidence'])
})

test('a page of absurd size is rendered within the limit', { timeout: 120_000 }, async () => {
  const path = await saved('huge.pdf', Buffer.from(pdfFile(['']).toString('latin1').replace('[0 0 612 792]', '[0 0 200000 200000]'), 'latin1'))
  const image = await (await openPageImages({ path, mime: 'application/pdf', password: null }, { ...defaultLimits, pixels: 1_000_000 })).image(1)
  expect((image?.width ?? 0) * (image?.height ?? 0)).toBeLessThanOrEqual(1_000_000)
})

test('an abort ends the recognition, and no tesseract is left', { timeout: 120_000 }, async () => {
  const abort = new AbortController()
  const file = pdfFile(Array.from({ length: 30 }, () => textContent(lines, 20)))
  const reading = recognized(file, 'application/pdf', {
    pages: Array.from({ length: 30 }, (_, index) => index + 1),
    signal: abort.signal,
    onPage: () => abort.abort(),
  })
  await expect(reading).rejects.toMatchObject({ reason: 'cancelled' })
  const mine = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
      } catch {
        return false
      }
    })
  expect(mine).toEqual([])
})

test('a picture is a page that needs OCR', async () => {
  const workDir = await mkdtemp(join(folder, 'work-'))
  const reader = createDocumentReader({ tempDir: folder })
  const path = await saved('picture', page.data)
  const result = await reader.readDocument({ owner: 'one', path, fileName: 'x.txt', workDir, signal: new AbortController().signal })
  await reader.close()
  expect(result).toMatchObject({ mime: 'image/png', pages: [{ number: 1, text: '', needsOcr: true }], language: null })
})
