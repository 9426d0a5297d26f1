import type { Reason } from '@intellidocs/contracts'
import type { ProcessingRef } from '../processing.types.ts'

/** How a run ended. `superseded`: the version moved on (asked for again, purged), so this run had nothing left to say. */
export type RunEnd = { readonly kind: 'ended'; readonly state: string; readonly reason: Reason | null }

/** `ocrBatches` are batch numbers from 0; batch n holds pages 50n+1 to 50n+50. */
export type ReadDone = { readonly kind: 'read'; readonly pages: number; readonly ocrBatches: number[] }
export type StepDone = { readonly kind: 'done' }

/** Pages `from` to `to`, both included, counted from 1; `to` under `from` is no page. */
export type PageRange = { readonly from: number; readonly to: number }

/** `unscanned`: failed, because nobody could look for viruses. */
export type Settlement = 'failed' | 'unscanned' | 'cancelled'

/** What the workflow calls. Each is safe to run twice, also at once: writes are keyed by version, attempt and page, and fenced by the attempt. */
export type ProcessingActivities = {
  /** Looks for viruses in the bytes; what it finds ends the version. Nothing is read before, and where the scanner is away this waits for it. */
  scan(ref: ProcessingRef): Promise<StepDone | RunEnd>
  /** Identifies the file, stores its text by page, and makes documents of the files within it. */
  read(ref: ProcessingRef): Promise<ReadDone | RunEnd>
  /** Reads the pixels of those pages of the range that have no text yet. */
  ocr(ref: ProcessingRef, range: PageRange): Promise<StepDone | RunEnd>
  /** Puts the pages of the range into the search index; the last batch makes the version ready. */
  index(ref: ProcessingRef, batch: PageRange & { readonly first: boolean; readonly last: boolean }): Promise<StepDone | RunEnd>
  /** Ends a version that is still at this attempt and not over; nothing otherwise. */
  settle(ref: ProcessingRef, ending: Settlement): Promise<RunEnd>
}

export const BATCH_PAGES = 50
