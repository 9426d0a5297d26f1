import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { AppError } from '@intellidocs/kernel'

/**
 * Passes bytes on but keeps the last piece until the source has ended well and, for a whole blob, its hash is right. A damaged blob thus ends
 * in a broken transfer, never in one that looks complete.
 */
export class HoldLast extends Transform {
  readonly #hash = createHash('sha256')
  readonly #expected: string | null
  #held: Buffer | null = null

  constructor(expectedSha256: string | null) {
    super()
    this.#expected = expectedSha256
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#expected !== null) this.#hash.update(chunk)
    const previous = this.#held
    this.#held = chunk
    if (previous === null) done()
    else done(null, previous)
  }

  override _flush(done: TransformCallback): void {
    if (this.#expected !== null && this.#hash.digest('hex') !== this.#expected) return done(new AppError('blob.integrity'))
    if (this.#held !== null) this.push(this.#held)
    done()
  }
}
