/**
 * Holds what one reader has not taken yet. Past `limit` items it fails instead of growing: a reader that slow is cut off,
 * comes back, and resumes from the last event it got. A class, and without a generator, because ten thousand of them wait at a time.
 */
export class EventQueue<T> {
  readonly #limit: number
  readonly #overflow: () => Error
  #items: T[] | null = null
  #failure: Error | null = null
  #ended = false
  #reader: PromiseWithResolvers<T | null> | null = null

  constructor({ limit, overflow }: { limit: number; overflow: () => Error }) {
    this.#limit = limit
    this.#overflow = overflow
  }

  push(item: T): void {
    if (this.#ended || this.#failure !== null) return
    const reader = this.#reader
    if (reader !== null) {
      this.#reader = null
      return reader.resolve(item)
    }
    this.#items ??= []
    if (this.#items.length >= this.#limit) return this.fail(this.#overflow())
    this.#items.push(item)
  }

  /** Ends the reading with this error; items still waiting are not given out any more. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#items = null
    this.#reader?.reject(this.#failure)
    this.#reader = null
  }

  /** Ends the reading quietly. */
  end(): void {
    this.#ended = true
    this.#items = null
    this.#reader?.resolve(null)
    this.#reader = null
  }

  /** Throws when `fail` was called. */
  check(): void {
    if (this.#failure !== null) throw this.#failure
  }

  /** The next item in order, once there is one; null after `end`. For one reader, who asks again only after the answer. */
  take(): Promise<T | null> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#ended) return Promise.resolve(null)
    const item = this.#items?.shift()
    if (item !== undefined) return Promise.resolve(item)
    this.#items = null
    this.#reader = Promise.withResolvers<T | null>()
    return this.#reader.promise
  }
}
