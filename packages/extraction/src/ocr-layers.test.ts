import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDocumentReader, ocrPages, type OcrPage } from './index.ts'
import { openPageImages } from './ocr/page-images.ts'
import { pdfFile, textContent } from './testing/sample-files.ts'
import { defaultLimits } from './types.ts'

const lines = Array.from({ length: 16 }, (_, at) => `Line ${at + 1}: the harbour master counted seven ships on a cold morning`)
const shifted = lines.map((line) => line.replace(/[a-z]/g, (letter) => String.fromCharCode(97 + ((letter.charCodeAt(0) - 97 + 5) % 26))))
let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'ocr-layers-')) })
afterAll(async () => { await rm(folder, { recursive: true, force: true }) })

/** A picture over the whole page, as content of one. */
async function pictured(pixels: Sharp): Promise<string> {
  const { data, info } = await pixels.toColourspace('b-w').jpeg({ quality: 80 }).toBuffer({ resolveWithObject: true })
  return `q 612 0 0 792 0 0 cm BI /W ${info.width} /H ${info.height} /CS /G /BPC 8 /F [/AHx /DCT] ID ${data.toString('hex')}> EI Q`
}

async function scan(): Promise<string> {
  const path = join(folder, 'page.pdf')
  await writeFile(path, pdfFile([textContent(lines, 14)]))
  const image = await (await openPageImages({ path, mime: 'application/pdf', password: null }, defaultLimits)).image(1)
  if (image === null) throw new Error('the page was not rendered')
  return pictured(sharp(image.data, { raw: { width: image.width, height: image.height, channels: 1 } }).resize({ width: 1_275 }))
}

/** Light and shade without a letter. */
function photo(): Promise<string> {
  const data = Buffer.from(Array.from({ length: 60 * 80 }, (_, at) => 128 + Math.round(110 * Math.sin(at / 7) * Math.cos(at / 530))))
  return pictured(sharp(data, { raw: { width: 60, height: 80, channels: 1 } }).resize({ width: 800, height: 1_060, kernel: 'cubic' }).blur(8))
}

/** Notes that hang on a page and of which nothing is drawn: one shorter and one longer than what is on it. */
const notes = ['Call the notary', 'Ask him on Friday for the deed of the second house. '.repeat(60).trim()]
const annotations = `/Annots [${notes.map((words) => `<< /Type /Annot /Subtype /Text /Rect [560 760 580 780] /Contents (${words}) >>`).join(' ')}]`
const invisible = (content: string) => content.replace('BT ', 'BT 3 Tr ')

test('of each page the better stays, its own text or what its pixels say, with the notes on it behind', { timeout: 120_000 }, async () => {
  const [page, picture] = [await scan(), await photo()]
  const stamp = textContent(['Received by the office of the harbour on the fifth of May'], 8)
  const file = pdfFile([
    textContent(lines, 14), `${page} ${invisible(textContent(lines, 14))}`, `${page} ${invisible(textContent(shifted, 14))}`, `${page} ${stamp}`,
    `${picture} ${textContent(['The north quay in the storm of the twelfth of November'], 14)}`, '', page,
  ], { annotations })
  const path = join(folder, 'pages.pdf')
  await writeFile(path, file)
  const reader = createDocumentReader({ tempDir: folder })
  const [signal, workDir] = [new AbortController().signal, await mkdtemp(join(folder, 'work-'))]
  const { pages } = await reader.readDocument({ owner: 'one', path, fileName: 'x.pdf', workDir, signal })
  await reader.close()
  const wanted = pages.filter(({ needsOcr }) => needsOcr).map(({ number }) => number)
  expect(wanted).toEqual([3, 4, 5, 7])
  expect(pages[1]?.text).toContain('harbour master counted seven ships')
  const read: OcrPage[] = []
  await ocrPages({ path, mime: 'application/pdf', pages: wanted, langs: ['eng'], workDir, signal, onPage: (one) => read.push(one) })
  expect(read.map(({ number, source, warnings }) => ({ number, source, warnings }))).toEqual([
    { number: 3, source: 'ocr', warnings: ['text_layer_junk_replaced'] }, { number: 4, source: 'ocr', warnings: [] },
    { number: 5, source: 'text', warnings: [] }, { number: 7, source: 'ocr', warnings: [] },
  ])
  for (const one of read) if (one.source === 'ocr') expect(one.text).toContain('harbour master counted seven ships')
  for (const one of read) expect(one.text.split('\n').slice(-2)).toEqual(notes)
  expect(read[2]?.text).toBe(['The north quay in the storm of the twelfth of November', ...notes].join('\n'))
  expect(read[2]?.boxes?.length).toBeGreaterThan(0)
})
