import type { Reason } from '@intellidocs/contracts'

/**
 * Why a file could not be read. `reason` is from the closed list that people act on; `message` is for the log and never holds text or a
 * password of the document. `mime` is what the bytes are, as far as that was known when reading stopped.
 */
export class ExtractionError extends Error {
  readonly reason: Reason
  readonly mime: string | null

  constructor(reason: Reason, message: string, options: { mime?: string | null; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'ExtractionError'
    this.reason = reason
    this.mime = options.mime ?? null
  }
}

/** The error of a file that is known to be `mime` and has no reader. */
export function unsupported(mime: string): ExtractionError {
  return new ExtractionError('unsupported_type', `no reader for ${mime}`, { mime })
}
