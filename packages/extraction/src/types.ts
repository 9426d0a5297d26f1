import type { PageSource, Warning, WarningReason } from '@intellidocs/contracts'
import type { Box } from './layout/word-boxes.ts'

/** The kinds of file that can be read; each has one line in `parsers/index.ts`. */
export const formats = [
  'pdf', 'png', 'jpeg', 'tiff', 'webp', 'gif', 'bmp', 'docx', 'xlsx', 'xlsb', 'pptx', 'doc', 'xls', 'ppt', 'odt', 'ods', 'odp', 'rtf', 'epub', 'html', 'markdown', 'text',
  'csv', 'eml', 'msg', 'mbox', 'zip', 'tar', 'gz',
] as const
export type Format = (typeof formats)[number]

export type Identified = { mime: string; format: Format }

/**
 * One page of a document, counted from 1. A page is what the format calls one (PDF page, sheet, slide, image); formats without pages are
 * split at paragraphs. `needsOcr` is true where the words are only in pixels (or the text layer is junk); then `text` is ''. A page without text
 * that needs no OCR is blank, unless one of its warnings says why nothing of it could be had.
 */
export type ExtractedPage = { number: number; text: string; needsOcr: boolean; warnings: WarningReason[] } & Places

/** Where the words of a page stand, as `packBoxes` packs them; absent where that is not known. */
export type Places = { boxes?: Uint8Array }

/**
 * Who read a page: the adapter (`pdf`, `docx`, `image`), the engine that it read with (`pdfium`, `tesseract`, `libreoffice`, `built-in`), what the engine went by (the languages of a
 * recognizer, as `eng+por`), and the version of the engine, or of the adapter where that is our own.
 */
export type Provenance = { extractor: string; engine: string; model: string | null; version: string }

/** What a file says of itself, in one line each of 300 letters at most; moments in ISO 8601. Null where it says nothing. */
export type FileFacts = { title: string | null; author: string | null; createdAt: string | null; modifiedAt: string | null }

/** A file found inside a document. `fileName` is what the sender called it (data, never a path), `path` a file in the caller's `workDir`. */
export type Attachment = { fileName: string; path: string }

export type ReadResult = {
  mime: string
  /** Of what our readers read: where LibreOffice read the file first, the format that it wrote. */
  format: Format
  /** Of all pages that are not recognized in their pixels. */
  provenance: Provenance
  facts: FileFacts
  pages: ExtractedPage[]
  /** ISO 639-1 code of the language most of the text is in; null when there is too little text or no clear winner. */
  language: string | null
  attachments: Attachment[]
  /** What is to be known of the whole file; what concerns single pages stands with them. */
  warnings: Warning[]
}

export type OcrPage = Places & {
  number: number
  text: string
  /** `text`: the page's own layer, which was better than what was recognized; `unread`: nothing could be had, the warnings say why. */
  source: PageSource
  /** Mean word confidence of the recognizer, 0 to 100; 0 where no word was found. Null where the text is not its. */
  confidence: number | null
  warnings: WarningReason[]
  /** A language of the page's script that there is no data of. */
  missing?: string
  /** Null where nobody could read it. */
  provenance: Provenance | null
}

/** The recognized words of one page: its text and where they stand, as `packBoxes` packs them. */
export type RecognizedWords = { readonly number: number; readonly text: string; readonly boxes: Uint8Array }

/** What a PDF that is made says of itself. `language`: ISO 639-1. */
export type About = { readonly title: string; readonly language: string | null }

/** How pictures of pages are drawn. */
export type PictureLook = {
  format: 'webp' | 'png'
  /** Pixels across, as far as there are so many; null: 1,600 on the longer side. */
  width: number | null
  /** Drawn over each picture, again and again; null: nothing is. Letters that are not ASCII are drawn as question marks. */
  mark: string | null
  /** Places that are coloured, on each of the pages. */
  boxes: readonly Box[]
}
export type PagePicture = { bytes: Buffer; width: number; height: number }

/** `missing` are the asked languages without data on this machine; the others were used. */
export type OcrResult = { engine: 'tesseract' | 'tesseract.js'; version: string; languages: string[]; missing: string[] }

/** What one child may use. Crossing a line ends it with the reason of that name. */
export type Limits = {
  /** Seconds of computing time (reason `cpu_limit`). */
  cpuSeconds: number
  /** Milliseconds from start to end; for OCR, milliseconds without a finished page (reason `time_limit`). */
  wallMs: number
  /** Resident memory of all processes of the child together, in bytes (reason `memory_limit`). */
  memoryBytes: number
  /** UTF-8 bytes of everything the child says, text included and places not (reason `output_limit`). */
  outputBytes: number
  /** Bytes of the places of words, packed; pages after that have none, and nothing fails. */
  boxBytes: number
  /** Bytes that archives may unpack to, attachments and temporary files included (reason `output_limit`). */
  unpackedBytes: number
  /** Pages, sheets, slides that are read; of a file with more the rest is named in a warning, `pages_beyond_limit`. */
  pages: number
  /** Pixels of one image before it is decoded or rendered (reason `pixel_limit`). */
  pixels: number
  /** Processes at a time, the child itself included (reason `internal`). */
  processes: number
}

export const defaultLimits: Readonly<Limits> = Object.freeze({
  cpuSeconds: 60,
  wallMs: 120_000,
  memoryBytes: 1024 ** 3,
  outputBytes: 64 * 1024 ** 2,
  boxBytes: 32 * 1024 ** 2,
  unpackedBytes: 512 * 1024 ** 2,
  pages: 5_000,
  pixels: 100_000_000,
  processes: 16,
})

/**
 * The limits of an installation that lets files have up to `pages` pages: above the default, the times and the bytes of text and places grow with them, so that
 * a page has what it has by default. Memory stays.
 */
export function limitsForPages(pages: number): Limits {
  const { cpuSeconds, wallMs, outputBytes, boxBytes } = defaultLimits
  const share = Math.max(1, pages / defaultLimits.pages)
  const times = (limit: number) => Math.ceil(limit * share)
  return { ...defaultLimits, pages, cpuSeconds: times(cpuSeconds), wallMs: times(wallMs), outputBytes: times(outputBytes), boxBytes: times(boxBytes) }
}

/** When a process that reads file after file is replaced although it did nothing wrong. */
export type Reuse = {
  /** Files read by one process. */
  files: number
  /** Seconds of computing over all its files; the kernel ends it at this plus the limit of one file. */
  cpuSeconds: number
  /** Resident bytes after a file; a reader collects its garbage when it has grown by some of them. */
  residentBytes: number
  /** Milliseconds since its start. Shorter than the time after which a worker clears the folder of files from what others left. */
  ageMs: number
}

export const defaultReuse: Readonly<Reuse> = Object.freeze({ files: 400, cpuSeconds: 60, residentBytes: 256 * 1024 ** 2, ageMs: 30 * 60_000 })
