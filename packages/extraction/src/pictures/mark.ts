import { loadEngine, withMemory, type Pdfium } from '../parsers/pdf/engine.ts'
import { clear, drawPage, type ColourImage } from './bitmap.ts'

/** One of the fonts that PDFium brings along: what the machine has, or lacks, changes nothing. */
const font = 'Helvetica-Bold'
/** Degrees that the lines rise, and how strong they are, of 255: what is below stays readable, and they do as well. */
const [rise, alpha] = [(30 * Math.PI) / 180, 72]
const mostLetters = 120

/** A text as the fonts of PDF can draw it. */
const drawable = (text: string): string => text.replaceAll(/[^\u0020-\u007e]/g, '?').slice(0, mostLetters)

const cString = (engine: Pdfium, bytes: Buffer, use: (pointer: number) => void): void => withMemory(engine, bytes.length + 2, (pointer) => {
  engine.HEAPU8.set(bytes, pointer)
  use(pointer)
})

/**
 * A clear image with the text drawn all over it, in lines that rise, so that no part of a page of some size is without it. Units are pixels; a line of the mark
 * is about as long as the image is wide.
 */
export async function drawMark(text: string, { width, height }: Pick<ColourImage, 'width' | 'height'>): Promise<ColourImage> {
  const engine = await loadEngine()
  const document = engine._FPDF_CreateNewDocument()
  const page = engine._FPDFPage_New(document, 0, width, height)
  const words = drawable(text)
  const size = Math.max(10, Math.min(width, height) / 24)
  // Letters of this font are about 0.55 of its size wide.
  const [long, apart] = [words.length * size * 0.55 + 2 * size, size * 5]
  const reach = Math.hypot(width, height)
  for (let [line, down] = [0, -reach]; down < reach; [line, down] = [line + 1, down + apart]) {
    // Each second line begins half a text later, so that gaps do not stand in rows.
    for (let along = -reach + (line % 2) * (long / 2); along < reach; along += long) {
      const [x, y] = [along * Math.cos(rise) - down * Math.sin(rise), along * Math.sin(rise) + down * Math.cos(rise)]
      if (x > -long && x < width + long && y > -long && y < height + long) write(engine, { document, page, words, size, x, y })
    }
  }
  engine._FPDFPage_GenerateContent(page)
  return drawPage({ engine, page, form: 0 }, { width, height }, clear)
}

type Writing = { readonly document: number; readonly page: number; readonly words: string; readonly size: number; readonly x: number; readonly y: number }

function write(engine: Pdfium, { document, page, words, size, x, y }: Writing): void {
  let object = 0
  cString(engine, Buffer.from(font, 'latin1'), (name) => { object = engine._FPDFPageObj_NewTextObj(document, name, size) })
  if (object === 0) throw new Error(`the font ${font} is not there`)
  cString(engine, Buffer.from(words, 'utf16le'), (letters) => { engine._FPDFText_SetText(object, letters) })
  engine._FPDFPageObj_SetFillColor(object, 150, 0, 0, alpha)
  engine._FPDFPageObj_Transform(object, Math.cos(rise), Math.sin(rise), -Math.sin(rise), Math.cos(rise), x, y)
  engine._FPDFPage_InsertObject(page, object)
}
