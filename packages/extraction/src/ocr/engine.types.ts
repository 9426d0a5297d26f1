import type { GrayImage } from './gray-image.ts'
import type { Recognized } from './tsv.ts'

/** What is seen of a page without reading it; null where that cannot be told. */
export type PageLook = {
  /** By how many degrees clockwise the page is to be turned for its letters to stand upright: 0, 90, 180 or 270. */
  readonly degrees: number | null
  /** As tesseract names scripts: `Latin`, `Cyrillic`, `Han`. */
  readonly script: string | null
}
export const nothingSeen: PageLook = { degrees: null, script: null }

export type OcrEngine = {
  name: 'tesseract' | 'tesseract.js'
  version: string
  languages: string[]
  missing: string[]
  /** Absent without data for it. */
  look?(image: GrayImage): Promise<PageLook>
  /** Whether there is data of a language. */
  has(language: string): boolean
  /** In these languages, which it has. Throws ExtractionError with the limit that was crossed, or `ocr_failed`. */
  recognize(image: GrayImage, languages: readonly string[]): Promise<Recognized>
  close(): Promise<void>
}
