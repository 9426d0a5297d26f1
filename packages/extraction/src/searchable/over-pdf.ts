import { readFileSync, writeSync } from 'node:fs'
import { ExtractionError } from '../errors.ts'
import { openPdf, withPage, type PdfDocument, type PdfPage } from '../parsers/pdf/document.ts'
import { withMemory, type Pdfium } from '../parsers/pdf/engine.ts'
import { shownFrame } from '../parsers/pdf/page-frame.ts'
import { addAbout } from './add-about.ts'
import { glyphlessFont, glyphOfEachCode } from './glyphless-font.ts'
import type { Layer } from './layers.ts'
import { createLetterCodes, type LetterCodes } from './letter-codes.ts'
import { textMatrix } from './picture-pdf.ts'
import { placeWords, type Matrix } from './place-words.ts'
import type { About } from '../types.ts'

/** PDFium's FPDF_TEXTRENDERMODE_INVISIBLE, and FPDF_NO_INCREMENTAL: the whole file is written, as changed pages are left out otherwise. */
const [invisible, whole] = [3, 2]

type Task = { readonly path: string; readonly password: string | null; readonly about: About; readonly layers: () => AsyncIterable<Layer>; readonly fd: number; readonly now: Date }

/**
 * Writes a PDF again, with words invisibly over the pages that have layers; the pages themselves stay as they are, and so does a password. Answers its pages.
 * @throws ExtractionError as `openPdf` does, `ocr_failed` where nothing can be written
 */
export async function writeOverPdf({ path, password, about, layers, fd, now }: Task): Promise<number> {
  const pdf = await openPdf(readFileSync(path), password)
  const codes = createLetterCodes()
  // A font tells its letters when it is made, so all of them are looked for before.
  for await (const { text } of layers()) for (const letter of text) codes.codeOf(letter.codePointAt(0) ?? 0)
  const font = loadFont(pdf, codes)
  for await (const layer of layers()) {
    if (layer.number <= pdf.pages) withPage(pdf, layer.number - 1, (page) => writeWords(page, layer, { font, codes, document: pdf.document }))
  }
  save(pdf, fd)
  addAbout(fd, about, { now, isLocked: pdf.engine._FPDF_GetSecurityHandlerRevision(pdf.document) !== -1 })
  return pdf.pages
}

/** Copies bytes into memory of the engine that it may keep. */
function keepIn(engine: Pdfium, bytes: Buffer): number {
  const pointer = engine.wasmExports.malloc(bytes.length)
  if (pointer === 0) throw new RangeError('Array buffer allocation failed')
  engine.HEAPU8.set(bytes, pointer)
  return pointer
}

function loadFont({ engine, document }: PdfDocument, codes: LetterCodes): number {
  const [file, glyphs, unicode] = [glyphlessFont(), glyphOfEachCode(), Buffer.from(`${codes.toUnicode()}\0`, 'latin1')]
  const font = engine._FPDFText_LoadCidType2Font(document, keepIn(engine, file), file.length, keepIn(engine, unicode), keepIn(engine, glyphs), glyphs.length)
  if (font === 0) throw new ExtractionError('internal', 'the font without glyphs was refused')
  return font
}

type Writing = { readonly font: number; readonly codes: LetterCodes; readonly document: number }

function writeWords(page: PdfPage, { text, boxes }: Layer, writing: Writing): void {
  const frame = shownFrame(page)
  if (frame === null) return
  for (const word of placeWords(text, boxes, frame)) {
    const letters = Uint32Array.from([...word.letters], (letter) => writing.codes.codeOf(letter.codePointAt(0) ?? 0))
    writeWord(page, letters, { ...writing, matrix: multiply(textMatrix(word.matrix, letters.length), frame.onPage) })
  }
  page.engine._FPDFPage_GenerateContent(page.page)
}

function writeWord({ engine, page }: PdfPage, letters: Uint32Array, { document, font, matrix }: Writing & { readonly matrix: Matrix }): void {
  const object = engine._FPDFPageObj_CreateTextObj(document, font, 1)
  if (object === 0) throw new RangeError('Array buffer allocation failed')
  withMemory(engine, letters.byteLength, (pointer) => {
    engine.HEAPU8.set(new Uint8Array(letters.buffer), pointer)
    engine._FPDFText_SetCharcodes(object, pointer, letters.length)
  })
  engine._FPDFTextObj_SetTextRenderMode(object, invisible)
  engine._FPDFPageObj_Transform(object, ...matrix)
  engine._FPDFPage_InsertObject(page, object)
}

/** First the one, then the other. */
const multiply = ([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix =>
  [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]

/** A module with nothing but a function (i32, i32, i32) -> i32 that it takes in and gives out: only functions of WebAssembly can be called by their place in a table. */
const passThrough = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 127, 127, 127, 1, 127, 2, 7, 1, 1, 101, 1, 102, 0, 0, 7, 5, 1, 1, 102, 0, 0])
declare const WebAssembly: { Module: new (bytes: Uint8Array) => object; Instance: new (module: object, imports: object) => { exports: { f: unknown } } }

/**
 * Hands the file on as it is written. The engine's table of functions has no room and cannot grow; place 0, that of the null pointer, is never called by it, so that the
 * function may stand there: in an instance that reads one file, and then ends.
 */
function save({ engine, document }: PdfDocument, fd: number): void {
  const write = (_self: number, from: number, size: number): number => {
    for (let at = 0; at < size;) at += writeSync(fd, engine.HEAPU8, from + at, size - at)
    return 1
  }
  engine.wasmExports.__indirect_function_table.set(0, new WebAssembly.Instance(new WebAssembly.Module(passThrough), { e: { f: write } }).exports.f)
  // FPDF_FILEWRITE: its version, and the place of the function.
  withMemory(engine, 8, (writer) => {
    engine.HEAP32[writer >> 2] = 1
    if (engine._FPDF_SaveAsCopy(document, writer, whole) === 0) throw new ExtractionError('corrupt', 'the file cannot be written again', { mime: 'application/pdf' })
  })
}
