import type { UnreadReason } from '@intellidocs/contracts'
import { ExtractionError } from '../errors.ts'
import type { WordBox } from '../layout/word-boxes.ts'
import { chooseText, isWithin } from '../ocr/choose-text.ts'
import type { OcrEngine } from '../ocr/engine.types.ts'
import type { GrayImage } from '../ocr/gray-image.ts'
import { openPageImages, type PageImages, type PageLayer } from '../ocr/page-images.ts'
import { createPageReader, type PageFound } from '../ocr/recognize-page.ts'
import type { ChildRequest } from '../sandbox/records.ts'
import { cleanText } from '../text/clean.ts'
import { isJunk } from '../text/quality.ts'
import type { OcrPage } from '../types.ts'
import { createBoxPacker } from './boxes.ts'
import { emit } from './emit.ts'
import { describeFailure } from './failure.ts'

type OcrRequest = Extract<ChildRequest, { job: 'ocr' }>
type PageRead = Pick<OcrPage, 'text' | 'source' | 'confidence' | 'warnings' | 'missing'> & { boxes: readonly WordBox[]; languages?: string[] }
type Tools = { readonly recognize: (image: GrayImage) => Promise<PageFound | null>; readonly images: PageImages }

/** Mean confidence under which a page's words want a look: on clean pages of the corpus it is over 85, on those under this every tenth word is wrong. */
const littleConfidence = 60
/** What a page may come to, and whether that costs more than a page is worth. Anything else is the file's matter or ours, and ends the job. */
const isDear: Readonly<Record<UnreadReason, boolean>> = {
  ocr_failed: false, corrupt: false, pixel_limit: false, output_limit: false, cpu_limit: true, memory_limit: true, time_limit: true,
}
const isUnread = (reason: string): reason is UnreadReason => Object.hasOwn(isDear, reason)

/** Engines are loaded only when they are needed: the one in WebAssembly alone takes half a second. */
async function openEngine({ engine, langs, walls, limits }: OcrRequest): Promise<OcrEngine> {
  if (engine !== 'wasm') {
    const native = await (await import('../ocr/native.ts')).openNative(langs, { ...walls, namespace: 'none' }, limits)
    if (native !== null) return native
    if (engine === 'native') throw new ExtractionError('ocr_failed', 'tesseract is not installed')
  }
  return (await import('../ocr/wasm.ts')).openWasm(langs)
}

async function recognized(number: number, { recognize, images }: Tools): Promise<PageRead> {
  const image = await images.image(number)
  if (image === null) throw new ExtractionError('corrupt', `page ${number} cannot be opened`)
  const found = await recognize(image)
  if (found === null) return { text: '', source: 'blank', confidence: null, warnings: [], boxes: [] }
  const { text, confidence, boxes, languages, missing } = found
  const warnings = [...text !== '' && confidence < littleConfidence ? ['low_confidence' as const] : [], ...missing === null ? [] : ['ocr_language_missing' as const]]
  return { text, source: 'ocr', confidence, warnings, boxes, languages: [...languages], ...(missing === null ? {} : { missing }) }
}

/** What is recognized, or the page's own text where that is the better one. */
async function betterOf(number: number, layer: PageLayer, tools: Tools): Promise<PageRead> {
  const own = { text: layer.text, source: 'text' as const, confidence: null, boxes: layer.boxes }
  try {
    const found = await recognized(number, tools)
    const choice = chooseText(layer, { text: found.text, confidence: found.confidence ?? 0 })
    if (choice.from === 'ocr') return choice.isJunk ? { ...found, warnings: ['text_layer_junk_replaced', ...found.warnings] } : found
    return { ...own, warnings: choice.isJunk ? ['text_layer_doubtful'] : [] }
  } catch (error) {
    const { reason } = describeFailure(error)
    if (!isUnread(reason) || isJunk(layer.text, layer.unmapped)) throw error
    return { ...own, warnings: [reason] }
  }
}

/** The better reading of a page, and what is filled in and noted on it, of which its pixels may show nothing. */
async function readPage(number: number, tools: Tools): Promise<PageRead> {
  const layer = tools.images.layer(number)
  if (layer === null) return recognized(number, tools)
  const read = await betterOf(number, layer, tools)
  const notes = layer.notes.map(cleanText).filter((note) => read.source !== 'ocr' || !isWithin(note, read.text))
  const text = [read.text, ...notes].filter((part) => part !== '').join('\n')
  return { ...read, text, source: read.source === 'blank' && text !== '' ? 'text' : read.source }
}

/** A page that cannot be read costs the others nothing, as long as not too many of them cross a limit. */
export async function ocrJob(request: OcrRequest): Promise<void> {
  const images = await openPageImages(request, request.limits)
  const engine = await openEngine(request)
  emit({ type: 'engine', engine: engine.name, version: engine.version, languages: engine.languages, missing: engine.missing })
  const tools = { recognize: createPageReader(engine, request), images }
  const pack = createBoxPacker(request.limits.boxBytes)
  let left = request.tolerance
  for (const number of request.pages) {
    try {
      const { boxes, ...page } = await readPage(number, tools)
      emit({ type: 'ocr', number, ...page, ...pack(boxes) })
    } catch (error) {
      const { reason } = describeFailure(error)
      if (!isUnread(reason)) throw error
      if (isDear[reason]) left -= 1
      if (left < 0) throw error
      emit({ type: 'ocr', number, text: '', source: 'unread', confidence: null, warnings: [reason] })
    }
  }
  await engine.close()
  emit({ type: 'done', pages: request.pages.length })
}
