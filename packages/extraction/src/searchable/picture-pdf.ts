import { createHash } from 'node:crypto'
import { openRaster, type RasterPage } from '../pictures/raster.ts'
import type { ChildLimits } from '../sandbox/records.ts'
import type { About } from '../types.ts'
import { infoEntries, pdfString, xmpPacket } from './about.ts'
import { advance, glyphlessFont, glyphOfEachCode, unitsPerEm } from './glyphless-font.ts'
import type { Layer } from './layers.ts'
import { createLetterCodes, type LetterCodes } from './letter-codes.ts'
import { PdfWriter } from './pdf-writer.ts'
import { flateImage, jpegImage, type PdfImage } from './picture-image.ts'
import { placeWords, type Matrix } from './place-words.ts'

const pointsPerInch = 72
/** What is told under this is often what a program writes where nobody measured: then a page of more than A3 is taken for A4. */
const measuredDpi = 150
const [longestA3, longestA4] = [1_191, 842]
/** PDF's own limits of a page, in points. */
const [shortest, longest] = [3, 14_400]

/** Points a pixel. */
function scaleOf({ width, height, density }: RasterPage): number {
  const side = Math.max(width, height)
  const told = density === null || density < 50 ? 0 : pointsPerInch / density
  const scale = told === 0 || (density !== null && density < measuredDpi && side * told > longestA3) ? longestA4 / side : told
  return Math.min(longest / side, Math.max(scale, shortest / Math.min(width, height)))
}

const numbers = (matrix: readonly number[]): string => matrix.map((value) => Number(value.toFixed(5))).join(' ')

/** What draws the picture over the page, and over it the words, invisibly (mode 3). */
function contentOf({ text, boxes }: Pick<Layer, 'text' | 'boxes'>, { codes, image, width, height }: { codes: LetterCodes; image: PdfImage; width: number; height: number }): Buffer {
  const [a, b, c, d, e, f] = image.upright
  const lines = placeWords(text, boxes, { width, height }).map((word) => {
    const letters = [...word.letters].map((letter) => codes.codeOf(letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0'))
    return `${numbers(textMatrix(word.matrix, letters.length))} Tm <${letters.join('')}> Tj`
  })
  return Buffer.from([
    `q ${numbers([a * width, b * height, c * width, d * height, e * width, f * height])} cm /Picture Do Q`, ...(lines.length === 0 ? [] : ['BT 3 Tr /Words 1 Tf', ...lines, 'ET']), '',
  ].join('\n'), 'latin1')
}

/** The matrix of a word of so many letters in the glyphless font at size 1, in which each has the same width. */
export function textMatrix([a, b, c, d, e, f]: Matrix, letters: number): Matrix {
  const stretch = unitsPerEm / advance / letters
  return [a * stretch, b * stretch, c, d, e, f]
}

function writeFont(pdf: PdfWriter, codes: LetterCodes): string {
  const bytes = glyphlessFont()
  const file = pdf.deflated(`/Length1 ${bytes.length}`, bytes)
  const glyphs = pdf.deflated('', glyphOfEachCode())
  const name = '/BaseFont /Glyphless'
  const descriptor = pdf.object(`<< /Type /FontDescriptor /FontName /Glyphless /Flags 4 /FontBBox [0 0 ${advance} ${unitsPerEm}] /ItalicAngle 0 /Ascent ${unitsPerEm} /Descent 0 /CapHeight ${unitsPerEm} /StemV 80 /FontFile2 ${file} 0 R >>`)
  const descendant = pdf.object(`<< /Type /Font /Subtype /CIDFontType2 ${name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor ${descriptor} 0 R /DW ${advance} /CIDToGIDMap ${glyphs} 0 R >>`)
  const unicode = pdf.deflated('', Buffer.from(codes.toUnicode(), 'latin1'))
  return `<< /Type /Font /Subtype /Type0 ${name} /Encoding /Identity-H /DescendantFonts [${descendant} 0 R] /ToUnicode ${unicode} 0 R >>`
}

type Task = { readonly path: string; readonly about: About; readonly layers: AsyncIterable<Layer>; readonly fd: number; readonly limits: ChildLimits; readonly now: Date }

/** Writes a PDF whose pages are those of a picture file, with their words invisibly over them. Layers come in the order of pages. @throws ExtractionError as `openRaster` does */
export async function pictureToPdf({ path, about, layers, fd, limits, now }: Task): Promise<number> {
  const raster = await openRaster(path, limits.pixels)
  const pdf = new PdfWriter(fd)
  const codes = createLetterCodes()
  const [tree, font] = [pdf.reserve(), pdf.reserve()]
  const kids: number[] = []
  const rest = layers[Symbol.asyncIterator]()
  let layer = await rest.next()
  for (let number = 1; number <= Math.min(raster.pages, limits.pages); number += 1) {
    const page = await raster.page(number)
    const image = (raster.pages === 1 ? await jpegImage(path) : null) ?? await flateImage(page)
    const [width, height] = [image.width, image.height].map((pixels) => pixels * scaleOf({ ...page, ...image })) as [number, number]
    while (layer.done !== true && layer.value.number < number) layer = await rest.next()
    const words = layer.done !== true && layer.value.number === number ? layer.value : { text: '', boxes: [] }
    const picture = pdf.stream(`/Type /XObject /Subtype /Image ${image.entries}`, image.bytes)
    const content = pdf.deflated('', contentOf(words, { codes, image, width, height }))
    const resources = `/Resources << /XObject << /Picture ${picture} 0 R >> /Font << /Words ${font} 0 R >> >>`
    kids.push(pdf.object(`<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 ${numbers([width, height])}] ${resources} /Contents ${content} 0 R >>`))
  }
  pdf.object(writeFont(pdf, codes), font)
  pdf.object(`<< /Type /Pages /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${kids.length} >>`, tree)
  const metadata = pdf.stream('/Type /Metadata /Subtype /XML', xmpPacket(about, now))
  const language = about.language === null ? '' : ` /Lang ${pdfString(about.language)}`
  const root = pdf.object(`<< /Type /Catalog /Pages ${tree} 0 R /Metadata ${metadata} 0 R${language} /ViewerPreferences << /DisplayDocTitle true >> >>`)
  pdf.end({ root, info: pdf.object(`<< ${infoEntries(about, now)} >>`), id: createHash('md5').update(`${path}\0${now.toISOString()}`).digest('hex') })
  return kids.length
}
