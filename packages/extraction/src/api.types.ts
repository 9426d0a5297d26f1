import type { ExtractedPage, Limits, OcrPage } from './types.ts'

export type ReadInput = {
  /** The file to read; never written to. */
  path: string
  /** What the uploader called it; only breaks ties among kinds of text. */
  fileName: string
  password?: string
  /** An existing folder of the caller; attachments are left here, everything else is removed again. */
  workDir: string
  limits?: Partial<Limits>
  signal: AbortSignal
  /** Called as pages arrive; `pages` is null until the count is known. */
  onProgress?: (progress: { pagesDone: number; pages: number | null; page: ExtractedPage }) => void
}

export type OcrInput = {
  path: string
  /** The type `readDocument` found. */
  mime: string
  password?: string
  /** Page numbers from 1. */
  pages: number[]
  /** Tesseract's names of languages, such as `eng`, `por`. */
  langs: string[]
  workDir: string
  limits?: Partial<Limits>
  signal: AbortSignal
  /** Called once for each page, in the order they end; a good moment for a heartbeat. */
  onPage: (page: OcrPage) => void
  /** `auto` takes native tesseract where it is installed, else tesseract.js. */
  engine?: 'auto' | 'native' | 'wasm'
}
