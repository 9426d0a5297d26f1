import { errorTable, type ErrorCode } from '@intellidocs/contracts'

/**
 * The only error that services throw on purpose. `details` go to the caller and must hold nothing they may not know;
 * `cause` stays in the log.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: ErrorCode, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(errorTable[code].message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details
  }
}
