import { ExtractionError } from '../errors.ts'

/** A virus was found. `signature` is the scanner's name of it, for the audit and the log. */
export class InfectedError extends ExtractionError {
  readonly signature: string

  constructor(signature: string) {
    super('infected', `the scanner found ${signature}`)
    this.name = 'InfectedError'
    this.signature = signature
  }
}
