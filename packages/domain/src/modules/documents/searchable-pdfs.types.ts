import type { Readable } from 'node:stream'
import type { OrgId } from '@intellidocs/contracts'
import type { About, RecognizedWords } from '@intellidocs/extraction'

/** A PDF to be made of a file. `password`: of a locked one. `layers` are asked for once its turn has come. */
export type SearchableRequest = {
  readonly orgId: OrgId; readonly sha256: string; readonly size: number; readonly mime: string; readonly password?: string | undefined; readonly about: About
  readonly layers: () => AsyncIterable<RecognizedWords>; readonly signal: AbortSignal
}
/** Its file is gone from its folder already, and from the disk once the stream is read or destroyed. */
export type MadePdf = { readonly size: number; readonly bytes: Readable }
/** Makes PDFs in which recognized words can be found. Filled by processes that send some. */
export type SearchablePdfs = {
  /** Whether files of this type can become one. */
  canMake(mime: string | null): boolean
  /** Null where none can be made of this file, or nobody waits for it any more. @throws AppError service.unavailable when too many wait */
  make(request: SearchableRequest): Promise<MadePdf | null>
}

/** Of processes that send none. */
export const noSearchablePdfs: SearchablePdfs = { canMake: () => false, make: () => Promise.resolve(null) }
