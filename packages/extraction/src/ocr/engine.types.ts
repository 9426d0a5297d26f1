import type { GrayImage } from './gray-image.ts'
import type { Recognized } from './tsv.ts'

export type OcrEngine = {
  name: 'tesseract' | 'tesseract.js'
  version: string
  languages: string[]
  missing: string[]
  /** Throws ExtractionError with the limit that was crossed, or `ocr_failed`. */
  recognize(image: GrayImage): Promise<Recognized>
  close(): Promise<void>
}
