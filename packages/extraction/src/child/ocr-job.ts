import { ExtractionError } from '../errors.ts'
import type { OcrEngine } from '../ocr/engine.types.ts'
import { openPageImages } from '../ocr/page-images.ts'
import { recognizePage } from '../ocr/recognize-page.ts'
import { nothingRecognized } from '../ocr/tsv.ts'
import type { ChildRequest } from '../sandbox/records.ts'
import { createBoxPacker } from './boxes.ts'
import { emit } from './emit.ts'

type OcrRequest = Extract<ChildRequest, { job: 'ocr' }>

/** Engines are loaded only when they are needed: the one in WebAssembly alone takes half a second. */
async function openEngine({ engine, langs, walls, limits }: OcrRequest): Promise<OcrEngine> {
  if (engine !== 'wasm') {
    const native = await (await import('../ocr/native.ts')).openNative(langs, { ...walls, namespace: 'none' }, limits)
    if (native !== null) return native
    if (engine === 'native') throw new ExtractionError('ocr_failed', 'tesseract is not installed')
  }
  return (await import('../ocr/wasm.ts')).openWasm(langs)
}

export async function ocrJob(request: OcrRequest): Promise<void> {
  const images = await openPageImages(request, request.limits)
  const engine = await openEngine(request)
  emit({ type: 'engine', engine: engine.name, languages: engine.languages, missing: engine.missing })
  const pack = createBoxPacker(request.limits.boxBytes)
  for (const number of request.pages) {
    const image = await images(number)
    const { text, confidence, boxes } = image === null ? nothingRecognized : await recognizePage(engine, image)
    emit({ type: 'ocr', number, text, confidence, ...pack(boxes) })
  }
  await engine.close()
  emit({ type: 'done', pages: request.pages.length })
}
