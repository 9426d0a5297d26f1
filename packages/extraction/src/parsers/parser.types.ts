import type { Warning, WarningReason } from '@intellidocs/contracts'
import type { WordBox } from '../layout/word-boxes.ts'
import type { ChildLimits } from '../sandbox/records.ts'
import type { RawFacts } from '../text/facts.ts'

/** The file to read. */
export type SourceFile = {
  path: string
  size: number
  /** The whole file. Only for formats that need it at once; `memory_limit` when it cannot fit. */
  bytes(): Buffer
}

/** `boxes` are of the text as `cleanText` leaves it. `warnings` of a page without text say why nothing of it could be had; without any it is blank. */
export type PageOptions = { needsOcr?: boolean; boxes?: readonly WordBox[]; warnings?: WarningReason[] }

export type ParserInput = {
  file: SourceFile
  fileName: string
  mime: string
  password: string | null
  limits: ChildLimits
  /** Keeps a file found inside. Throws `output_limit`. */
  attach(fileName: string, bytes: Uint8Array): void
  /** Tells what the file says of itself; what `read` finds damaged costs nothing else. */
  facts(read: () => RawFacts): void
  /** Tells how many pages there will be, as soon as it is known; those beyond the limit are named in a warning. */
  total(pages: number): void
  /** Hands on the next page, in order. Where none is wanted any more it throws what ends the parser, and the reading ends well. */
  page(text: string, options?: PageOptions): void
  /** Tells what is to be known of the whole file, or of pages that are not at hand. */
  warn(warning: Pick<Warning, 'reason'> & Partial<Warning>): void
}

/** Reads one format. Runs only inside the sandbox. Throws ExtractionError; anything else thrown counts as `corrupt`. */
export type Parser = (input: ParserInput) => Promise<void>
