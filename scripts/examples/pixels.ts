import { PDFiumLibrary } from '@hyzyla/pdfium'
import PDFDocument from 'pdfkit'
import sharp from 'sharp'
import { bmp } from './containers.ts'
import { random } from './random.ts'

type Picture = { data: Buffer; width: number; height: number }

/** Renders the first page with the fonts pdfium carries itself, so that the machine's fonts do not matter. `dpi` is dots per inch. */
async function render(pdf: Buffer, dpi: number): Promise<Picture> {
  const library = await PDFiumLibrary.init()
  try {
    const document = await library.loadDocument(pdf)
    try {
      const { data, width, height } = await document.getPage(0).render({ scale: dpi / 72, render: 'bitmap' })
      return { data: Buffer.from(data), width, height }
    } finally {
      document.destroy()
    }
  } finally {
    library.destroy()
  }
}

/** Grey page, turned by `degrees`, with grain of `grain` grey levels and a light fall-off to one side of `shade` levels. */
async function worn(page: Picture, { degrees, grain, shade, seed }: { degrees: number; grain: number; shade: number; seed: number }): Promise<Picture> {
  const { data, info } = await sharp(page.data, { raw: { width: page.width, height: page.height, channels: 4 } })
    .flatten({ background: 'white' }).greyscale().rotate(degrees, { background: '#f4f4f4' }).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  const next = random(seed)
  for (let index = 0; index < data.length; index += 1) {
    const column = (index % info.width) / info.width
    const level = (data[index] ?? 255) + (next() - 0.5) * grain - column * shade
    data[index] = Math.max(0, Math.min(255, Math.round(level)))
  }
  return { data, width: info.width, height: info.height }
}

const jpeg = ({ data, width, height }: Picture, quality: number): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels: 1 } }).jpeg({ quality, mozjpeg: false }).toBuffer()

/** A page from a scanner: a PDF that holds one picture, turned by a degree and a half, and no text. */
export async function scan(pdf: Buffer): Promise<Buffer> {
  const picture = await jpeg(await worn(await render(pdf, 150), { degrees: 1.5, grain: 24, shade: 6, seed: 20417 }), 62)
  const created = new Date('2026-01-20T12:00:00Z')
  const document = new PDFDocument({ size: 'A4', margin: 0, pdfVersion: '1.4', info: { Title: 'scan', CreationDate: created, ModDate: created } })
  const chunks: Buffer[] = []
  document.on('data', (chunk: Buffer) => chunks.push(chunk))
  const finished = new Promise<void>((resolve) => document.on('end', () => resolve()))
  document.image(picture, 0, 0, { fit: [595.28, 841.89], align: 'center', valign: 'center' })
  document.end()
  await finished
  return Buffer.concat(chunks)
}

/** A page photographed by hand: turned the other way, grainy, darker to the right. */
export async function photo(pdf: Buffer): Promise<Buffer> {
  return jpeg(await worn(await render(pdf, 160), { degrees: -1, grain: 40, shade: 45, seed: 7 }), 60)
}

/** The upper part of a page as pictures of every kind; the TIFF has it twice, on two pages. */
export async function pictures(pdf: Buffer): Promise<Record<'png' | 'jpg' | 'tif' | 'webp' | 'gif' | 'bmp', Buffer>> {
  const page = await render(pdf, 100)
  const { data, info } = await sharp(page.data, { raw: { width: page.width, height: page.height, channels: 4 } }).extract({ left: 60, top: 60, width: page.width - 120, height: 220 })
    .flatten({ background: 'white' }).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const one = () => sharp(data, { raw: { width, height, channels: 1 } })
  const two = sharp(Buffer.concat([data, data]), { raw: { width, height: height * 2, channels: 1, pageHeight: height } })
  return {
    png: await one().png().toBuffer(), jpg: await one().jpeg({ quality: 80 }).toBuffer(), tif: await two.tiff({ compression: 'deflate' }).toBuffer(),
    webp: await one().webp({ lossless: true }).toBuffer(), gif: await one().gif().toBuffer(), bmp: bmp({ width, height, data }),
  }
}
