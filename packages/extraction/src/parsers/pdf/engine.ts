import { PDFiumModule } from '@hyzyla/pdfium'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

type Vendor = Awaited<ReturnType<typeof PDFiumModule>>

/** The functions of the engine that its package exports without describing them. Numbers are pointers, counts or flags, as in PDFium's headers. */
export type Pdfium = Vendor & {
  _FPDF_InitLibrary(): void
  HEAPF32: Float32Array
  /** The same functions without the checks around them, which cost as much as what is asked of a single character. */
  wasmExports: {
    FPDFText_HasUnicodeMapError(textPage: number, index: number): number
    FPDFText_GetLooseCharBox(textPage: number, index: number, box: number): number
    /** What pointers to functions lead to; of a fixed size. */
    __indirect_function_table: { set(index: number, value: unknown): void }
    FPDFText_GetFontInfo(textPage: number, index: number, name: number, length: number, flags: number): number
  }
  _FPDFText_GetUnicode(textPage: number, index: number): number
  _FPDFPage_GetRotation(page: number): number
  _FPDF_GetPageBoundingBox(page: number, box: number): number
  _FPDFPageObj_GetBounds(object: number, left: number, bottom: number, right: number, top: number): number
  _FPDFPath_GetDrawMode(path: number, fillMode: number, stroke: number): number
  _FPDFPageObj_GetFillColor(object: number, red: number, green: number, blue: number, alpha: number): number
  _FPDFPageObj_GetStrokeColor(object: number, red: number, green: number, blue: number, alpha: number): number
  _FPDFFormObj_CountObjects(object: number): number
  _FPDFFormObj_GetObject(object: number, index: number): number
  _FPDFPage_GetAnnotCount(page: number): number
  _FPDFPage_GetAnnot(page: number, index: number): number
  _FPDFPage_CloseAnnot(annotation: number): void
  _FPDFAnnot_GetSubtype(annotation: number): number
  _FPDFAnnot_GetStringValue(annotation: number, key: number, buffer: number, length: number): number
  _FPDFAnnot_GetFormFieldName(form: number, annotation: number, buffer: number, length: number): number
  _FPDFAnnot_GetFormFieldAlternateName(form: number, annotation: number, buffer: number, length: number): number
  _FPDFAnnot_GetFormFieldValue(form: number, annotation: number, buffer: number, length: number): number
  _FPDFAnnot_GetFormFieldType(form: number, annotation: number): number
  _FPDFAnnot_IsChecked(form: number, annotation: number): number
  _FPDFAnnot_GetObjectCount(annotation: number): number
  _FPDFAnnot_GetFileAttachment(annotation: number): number
  _FPDFDoc_GetAttachmentCount(document: number): number
  _FPDFDoc_GetAttachment(document: number, index: number): number
  _FPDFAttachment_GetName(attachment: number, buffer: number, length: number): number
  _FPDFAttachment_GetFile(attachment: number, buffer: number, length: number, outLength: number): number
  _FPDFPage_Flatten(page: number, purpose: number): number
  _FPDF_DocumentHasValidCrossReferenceTable(document: number): number
  _FPDF_GetMetaText(document: number, tag: number, buffer: number, length: number): number
  _FPDF_CreateNewDocument(): number
  _FPDFPage_New(document: number, index: number, width: number, height: number): number
  _FPDFPageObj_NewTextObj(document: number, font: number, size: number): number
  _FPDFText_SetText(object: number, text: number): number
  _FPDFPageObj_SetFillColor(object: number, red: number, green: number, blue: number, alpha: number): number
  _FPDFPageObj_Transform(object: number, a: number, b: number, c: number, d: number, e: number, f: number): void
  _FPDFPage_InsertObject(page: number, object: number): void
  _FPDFPage_GenerateContent(page: number): number
  _FPDFText_LoadCidType2Font(document: number, data: number, size: number, toUnicode: number, glyphs: number, glyphsSize: number): number
  _FPDFPageObj_CreateTextObj(document: number, font: number, size: number): number
  _FPDFText_SetCharcodes(object: number, codes: number, count: number): number
  _FPDFTextObj_SetTextRenderMode(object: number, mode: number): number
  _FPDF_GetSecurityHandlerRevision(document: number): number
  _FPDF_SaveAsCopy(document: number, writer: number, flags: number): number
}

/** What is used of WebAssembly; the types of the language have it for browsers only. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object>; instantiate(code: object, imports: unknown): Promise<object> }

let compiled: Promise<object> | undefined

/**
 * Compiles the engine, PDFium as WebAssembly, once in the life of the process: about 50 ms. Code alone; what a file leaves lies in an instance.
 * The first instance there is puts helpers into `globalThis` and stays in memory with them, so it is one that never reads a file.
 */
export function prepareEngine(): Promise<object> {
  compiled ??= compile()
  return compiled
}

async function compile(): Promise<object> {
  const code = await WebAssembly.compile(readFileSync(createRequire(import.meta.url).resolve('@hyzyla/pdfium/pdfium.wasm')))
  await instantiate(code)
  return code
}

/** A new instance of the engine with a memory of its own, so that no document meets what another one left. */
export async function loadEngine(): Promise<Pdfium> {
  const engine = await instantiate(await prepareEngine())
  engine._FPDF_InitLibrary()
  return engine
}

async function instantiate(code: object): Promise<Pdfium> {
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const made = PDFiumModule({
    instantiateWasm: (imports, receive) => {
      WebAssembly.instantiate(code, imports).then(receive, reject)
      return {}
    },
  })
  return (await Promise.race([made, failed])) as Pdfium
}

/** Runs `use` with `size` zeroed bytes of the engine's memory and frees them. */
export function withMemory<T>(engine: Pdfium, size: number, use: (pointer: number) => T): T {
  const pointer = engine.wasmExports.malloc(size)
  if (pointer === 0) throw new RangeError('Array buffer allocation failed')
  try {
    engine.HEAPU8.fill(0, pointer, pointer + size)
    return use(pointer)
  } finally {
    engine.wasmExports.free(pointer)
  }
}

const maxStringBytes = 1024 ** 2

/** Calls a function of the kind (buffer, length) -> needed bytes, twice as its custom is, and decodes UTF-16 without the closing zero. */
export function readString(engine: Pdfium, call: (buffer: number, length: number) => number): string {
  const length = Math.min(call(0, 0), maxStringBytes)
  if (length <= 2) return ''
  return withMemory(engine, length, (buffer) => {
    call(buffer, length)
    return Buffer.from(engine.HEAPU8.buffer, buffer, length - 2).toString('utf16le')
  })
}
