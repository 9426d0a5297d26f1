import type { WordBox } from '../layout/word-boxes.ts'
import type { ChildLimits } from '../sandbox/records.ts'

/** The file to read. */
export type SourceFile = {
  path: string
  size: number
  /** The whole file. Only for formats that need it at once; `memory_limit` when it cannot fit. */
  bytes(): Buffer
}

export type ParserInput = {
  file: SourceFile
  fileName: string
  mime: string
  password: string | null
  limits: ChildLimits
  /** Keeps a file found inside. Throws `output_limit`. */
  attach(fileName: string, bytes: Uint8Array): void
  /** Tells how many pages there will be, as soon as it is known. Throws `page_limit` before work is spent on them. */
  total(pages: number): void
  /** Hands on the next page, in order; `boxes` are of the text as `cleanText` leaves it. Throws `page_limit`. */
  page(text: string, options?: { needsOcr?: boolean; boxes?: readonly WordBox[] }): void
}

/** Reads one format. Runs only inside the sandbox. Throws ExtractionError; anything else thrown counts as `corrupt`. */
export type Parser = (input: ParserInput) => Promise<void>
