import type { GrayImage } from './gray-image.ts'
import type { Recognized } from './tsv.ts'

export type OcrEngine = {
  name: 'tesseract' | 'tesseract.js'
  version: string
  languages: string[]
  missing: string[]
  /** By how many degrees clockwise the page is to be turned for its letters to stand upright (0, 90, 180 or 270); null where that cannot be told. Absent without data for it. */
  orient?(image: GrayImage): Promise<number | null>
  /** Throws ExtractionError with the limit that was crossed, or `ocr_failed`. */
  recognize(image: GrayImage): Promise<Recognized>
  close(): Promise<void>
}
