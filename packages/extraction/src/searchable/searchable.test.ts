import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import { pdfFile, textContent } from '../testing/sample-files.ts'
import { at, greeting, layerOf, pdfWords, pixelsOf, searchableHere, type Word } from '../testing/searchable.ts'

const near = ([word, box]: Word) => [word, Object.fromEntries(Object.entries(box).map(([side, value]) => [side, expect.closeTo(value, 2)]))]

/** What another reader says; null where it is not installed. */
function poppler(tool: 'pdftotext' | 'pdfinfo', pdf: Buffer): string | null {
  try {
    return execFileSync(tool, tool === 'pdftotext' ? ['-', '-'] : ['-'], { input: pdf, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
const seenBy = (words: string | null): string[] | undefined => words?.replaceAll(/[\u202a-\u202e]/g, '').trim().split(/\s+/)

/** A shape that no symmetry of a rectangle leaves as it is. */
const sketch = (width: number, height: number, ground = '#ffffff'): Sharp => sharp({ create: { width, height, channels: 3, background: ground } })
  .composite([{ input: { create: { width: Math.round(width / 3), height: Math.round(height / 5), channels: 3, background: '#203060' } }, left: 10, top: 20 }])
const gray = async (width: number, height: number, value: (x: number) => number) =>
  sharp(Buffer.from(Array.from({ length: width * height }, (_, at) => value(at % width))), { raw: { width, height, channels: 1 } }).toColourspace('b-w').png().toBuffer()

describe('a picture becomes a PDF', () => {
  test('in which its words are found where they stand, exactly, in any script; it says its title and language', async () => {
    const pdf = await searchableHere(await sketch(600, 800).png().toBuffer(), { mime: 'image/png' })
    const { texts, words, facts } = await pdfWords(pdf)
    expect(texts).toEqual(['Straße coração\nΕλλάδα\n中文\n𠮷野'])
    expect(words[0]).toEqual(greeting.map(near))
    expect(facts).toMatchObject({ title: 'Rechnung & <1>' })
    expect(pdf.toString('utf8')).toMatch(/<dc:language><rdf:Bag><rdf:li>de</)
    expect(pdf.toString('latin1')).toMatch(/\/Lang <FEFF00640065>/)
    expect(seenBy(poppler('pdftotext', pdf)) ?? greeting.map(([word]) => word)).toEqual(greeting.map(([word]) => word))
    expect(poppler('pdfinfo', pdf) ?? 'Rechnung & <1>').toContain('Rechnung & <1>')
  })

  test.each([
    ['a photograph', 'image/jpeg', () => sketch(300, 200, '#80a0c0').jpeg().toBuffer()],
    ['a gray one', 'image/jpeg', () => sketch(300, 200, '#80a0c0').grayscale().jpeg().toBuffer()],
    ['one of colours without loss', 'image/png', () => sketch(300, 200, '#80a0c0').png().toBuffer()],
    ['one with a clear ground', 'image/webp', () => sketch(300, 200, '#80a0c0').ensureAlpha(0.5).webp({ lossless: true }).toBuffer()],
    ['shades of gray', 'image/png', () => gray(300, 20, (x) => x % 256)],
    ['a fax', 'image/png', () => gray(301, 20, (x) => (x % 7 === 0 ? 255 : 0))],
    ['a deep one', 'image/png', () => sketch(300, 200, '#80a0c0').toColourspace('rgb16').png().toBuffer()],
    ['one of print', 'image/jpeg', () => sketch(300, 200, '#80a0c0').toColourspace('cmyk').jpeg().toBuffer()],
  ])('that looks like it: %s', async (_what, mime, bytes) => {
    const picture = await bytes()
    const { width } = await sharp(picture).metadata()
    expect((await pixelsOf(await searchableHere(picture, { mime }), { width })).equals(await pixelsOf(picture, { mime, width }))).toBe(true)
  })

  test('a fax takes a bit a pixel, and a photograph the bytes that it had', async () => {
    expect((await searchableHere(await gray(301, 20, (x) => (x % 7 === 0 ? 255 : 0)), { mime: 'image/png' })).toString('latin1')).toContain('/BitsPerComponent 1')
    const photo = await sketch(300, 200, '#80a0c0').jpeg().toBuffer()
    expect((await searchableHere(photo, { mime: 'image/jpeg' })).includes(photo)).toBe(true)
  })

  test.each([2, 3, 4, 5, 6, 7, 8])('upright: a photograph that is to be turned as EXIF says by %i', async (orientation) => {
    const photo = await sketch(300, 200, '#80a0c0').jpeg().withMetadata({ orientation }).toBuffer()
    const width = orientation > 4 ? 200 : 300
    expect((await pixelsOf(await searchableHere(photo, { mime: 'image/jpeg' }), { width })).equals(await pixelsOf(photo, { mime: 'image/jpeg', width }))).toBe(true)
  })

  test('page for page, and pages without words among them', async () => {
    const tiff = await readFile(join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'formats', 'crane-sheet.tif'))
    const { pages = 1 } = await sharp(tiff).metadata()
    const { texts } = await pdfWords(await searchableHere(tiff, { mime: 'image/tiff', layers: [layerOf(pages, [['last', at(0.1, 0.1, 0.4, 0.2)]]), layerOf(pages + 1, greeting)] }))
    expect(texts).toEqual([...Array.from({ length: pages - 1 }, () => ''), 'last'])
  })

  test.each([
    ['as it says', 300, 300, 600, [144, 144]], ['of A4 where it says nothing', null, 842, 421, [842, 421]], ['of A4 where a program says what nobody measured', 72, 4_000, 2_000, [842, 421]],
  ])('of a size %s', async (_what, density, width, height, size) => {
    const picture = await sketch(width, density === 300 ? 600 : height).jpeg().withMetadata(density === null ? {} : { density }).toBuffer()
    const pdf = (await searchableHere(picture, { mime: 'image/jpeg' })).toString('latin1')
    expect(/\/MediaBox \[0 0 ([\d. ]+)\]/.exec(pdf)?.[1]?.split(' ').map(Number)).toEqual(density === 300 ? [72, 144] : size)
  })
})

describe('a PDF is written again', () => {
  const scan = pdfFile([textContent(['Drawn, not recognized'], 20), textContent(['Second'], 20)])

  test('with its words where they stand, and looks as it did', async () => {
    const pdf = await searchableHere(scan, { layers: [layerOf(2, greeting)] })
    const { texts, words, facts } = await pdfWords(pdf)
    expect(texts.map((text) => text.split('\n'))).toEqual([['Drawn, not recognized'], expect.arrayContaining(['Second', 'Straße coração', 'Ελλάδα', '中文', '𠮷野'])])
    expect(words[1]).toEqual(expect.arrayContaining(greeting.map(near)))
    expect(facts).toMatchObject({ title: 'Rechnung & <1>' })
    expect((await pixelsOf(pdf, { page: 2 })).equals(await pixelsOf(scan, { page: 2 }))).toBe(true)
    expect(seenBy(poppler('pdftotext', pdf)) ?? greeting.map(([word]) => word)).toEqual(expect.arrayContaining(greeting.map(([word]) => word)))
  })

  test.each([90, 180, 270])('also where its pages are turned by %i degrees and cut', async (degrees) => {
    const turned = pdfFile([''], { pageKeys: `/Rotate ${degrees} /CropBox [100 200 500 700]` })
    expect((await pdfWords(await searchableHere(turned, {}))).words).toEqual([greeting.map(near)])
  })

  test('and what it says of itself stays', async () => {
    const own = pdfFile([''], { catalog: '/Lang (fr) /Metadata 6 0 R', more: ['<< /Type /Metadata /Subtype /XML /Length 3 >>\nstream\nxmp\nendstream'] })
    const pdf = (await searchableHere(own, {})).toString('latin1')
    expect([pdf.includes('Rechnung'), /\/Lang ?\(fr\)/.test(pdf), pdf.includes('xmpmeta')]).toEqual([false, true, false])
  })

  test('and one that is locked stays so', async () => {
    const locked = await readFile(join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'salary-bands-locked.pdf'))
    await expect(searchableHere(locked, {})).rejects.toMatchObject({ reason: 'password_required' })
    const pdf = await searchableHere(locked, { password: 'spring tide' })
    await expect(pdfWords(pdf)).rejects.toMatchObject({ reason: 'password_required' })
    expect((await pdfWords(pdf, 'spring tide')).texts[0]).toContain('Ελλάδα')
  })
})

describe('words run as they do on the page', () => {
  const page = async (layer: ReturnType<typeof layerOf>) => searchableHere(await sketch(600, 800).png().toBuffer(), { mime: 'image/png', layers: [layer] })

  test.each([
    ['downwards', [['runs', at(0.5, 0.1, 0.55, 0.3)], ['down', at(0.5, 0.35, 0.55, 0.6)]]],
    ['upwards', [['runs', at(0.5, 0.35, 0.55, 0.6)], ['up', at(0.5, 0.1, 0.55, 0.3)]]],
    ['upside down', [['upside', at(0.6, 0.5, 0.8, 0.55)], ['down', at(0.3, 0.5, 0.5, 0.55)]]],
  ] as const)('%s', async (_how, words) => {
    const layer = { ...layerOf(1, words), text: words.map(([word]) => word).join(' ') }
    expect((await pdfWords(await page(layer))).words[0]).toEqual(expect.arrayContaining(words.map(near)))
  })

  test('words of a skewed scan are as long and as high as they are, not as the rectangles around them, which overlap', async () => {
    const [width, height, slope] = [600, 800, (10 * Math.PI) / 180]
    const lines = Array.from({ length: 12 }, (_, row) => Array.from({ length: 8 }, (_unused, column) => `w${row}x${column}`))
    const words = lines.flatMap((line, row) => line.map((word, column): Word => {
      const [x, y] = [90 + column * 55, 120 + row * 18 + column * 55 * Math.tan(slope)]
      const [wide, high] = [45 * Math.cos(slope) + 14 * Math.sin(slope), 45 * Math.sin(slope) + 14 * Math.cos(slope)]
      return [word, at((x - wide / 2) / width, (y - high / 2) / height, (x + wide / 2) / width, (y + high / 2) / height)]
    }))
    const text = lines.map((line) => line.join(' ')).join('\n')
    let end = 0
    const boxes = words.map(([word, box]) => { const start = text.indexOf(word, end); end = start + word.length; return { start, end, ...box } })
    const pdf = await page({ number: 1, text, boxes })
    const read = await pdfWords(pdf)
    expect(read.texts[0]?.split(/\s+/)).toEqual(text.split(/\s+/))
    for (const [, { left, top, right, bottom }] of read.words[0] ?? []) expect([(right - left) * width, (bottom - top) * height]).toEqual([expect.closeTo(45, 0), expect.closeTo(14, 0)])
    expect(seenBy(poppler('pdftotext', pdf)) ?? text.split(/\s+/)).toEqual(expect.arrayContaining(text.split(/\s+/)))
  })

  test('words from right to left come back in their order, with numbers as they are', async () => {
    const pdf = await page(layerOf(1, [['שלום', at(0.6, 0.1, 0.8, 0.15)], ['ב2025', at(0.3, 0.1, 0.5, 0.15)]]))
    expect(seenBy(poppler('pdftotext', pdf)) ?? ['שלום', 'ב2025']).toEqual(['שלום', 'ב2025'])
  })
})
