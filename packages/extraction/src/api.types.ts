import type { About, ExtractedPage, Limits, OcrPage, PictureLook, ReadResult, RecognizedWords, Reuse } from './types.ts'

export type DocumentReaderOptions = {
  /** An existing folder for the readers' own folders, best on the file system of the work folders. */
  tempDir: string
  limits?: Partial<Limits>
  reuse?: Partial<Reuse>
  /** Whether the LibreOffice of this machine reads what our readers cannot, where there is one; true when absent. */
  fallback?: boolean
  /** Called for each process that is started. */
  onStart?: () => void
}

export type DocumentReader = {
  /**
   * Reads a file in a child process: finds out what it is, and returns its text page by page.
   * A page with `needsOcr` wants `ocrPages`; its `text` is ''. Attachments are files in `workDir` for the caller to move.
   *
   * @throws ExtractionError with the reason; `cancelled` when `signal` was aborted (nothing of the child is left then)
   */
  readDocument(input: ReadInput): Promise<ReadResult>
  /** Ends all readers. */
  close(): Promise<void>
}

export type ReadInput = {
  /** Whose file it is. Files of different owners are never read by the same process. */
  owner: string
  /** The file to read; never written to. */
  path: string
  /** What the uploader called it; only breaks ties among kinds of text. */
  fileName: string
  password?: string
  /** An existing folder of the caller; attachments are left here, everything else is removed again. */
  workDir: string
  signal: AbortSignal
  /** Called as pages arrive; `pages` is null until the count is known. Begins anew with page 1 when the file is read once more, by a new process or by LibreOffice. */
  onProgress?: (progress: { pagesDone: number; pages: number | null; page: ExtractedPage }) => void
}

export type PictureInput = {
  path: string
  /** The type `readDocument` found. */
  mime: string
  /** Page numbers from 1; those the file does not have are left out of the answer. */
  pages: number[]
  password?: string
  look: PictureLook
  workDir: string
  limits?: Partial<Limits>
  signal: AbortSignal
}

export type SearchableInput = {
  path: string
  /** The type `readDocument` found. */
  mime: string
  password?: string
  about: About
  /** The recognized pages, in their order. */
  layers: AsyncIterable<RecognizedWords> | Iterable<RecognizedWords>
  /** An existing folder of the caller; the PDF is left here, everything else is removed again. */
  workDir: string
  limits?: Partial<Limits>
  signal: AbortSignal
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
  /** Whether pages in another script are read in languages of that, where there is data. Only native tesseract can tell scripts. */
  anyScript?: boolean
  workDir: string
  limits?: Partial<Limits>
  /** Pages that may cross a limit of theirs (time, memory) before the rest is given up; 3 when absent. */
  tolerance?: number
  signal: AbortSignal
  /** Called once for each page, in the order they end; a good moment for a heartbeat. */
  onPage: (page: OcrPage) => void
  /** `auto` takes native tesseract where it is installed, else tesseract.js. */
  engine?: 'auto' | 'native' | 'wasm'
}
