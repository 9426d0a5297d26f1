/** A start that cannot go on: `message` says what is wrong in one line, `mend` what the person can do about it. */
export class StartError extends Error {
  readonly mend: string

  constructor(message: string, mend: string) {
    super(message)
    this.name = 'StartError'
    this.mend = mend
  }
}
