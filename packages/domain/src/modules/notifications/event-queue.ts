/**
 * Holds what one reader has not taken yet. Past `limit` items it fails instead of growing: a reader that slow is cut off,
 * comes back, and resumes from the last event it got.
 */
export type EventQueue<T> = {
  push(item: T): void
  /** Ends the reading with this error; items still waiting are not given out any more. */
  fail(error: Error): void
  /** Ends the reading quietly. */
  end(): void
  /** Throws when `fail` was called. */
  check(): void
  /** The items in order, until `end` or `fail`. For one reader. */
  items(): AsyncGenerator<T, void, void>
}

export function createEventQueue<T>({ limit, overflow }: { limit: number; overflow: () => Error }): EventQueue<T> {
  let waiting: T[] = []
  let failure: Error | undefined
  let ended = false
  let changed = Promise.withResolvers<void>()

  function check(): void {
    if (failure !== undefined) throw failure
  }

  function fail(error: Error): void {
    failure ??= error
    waiting = []
    changed.resolve()
  }

  async function* items(): AsyncGenerator<T, void, void> {
    while (!ended) {
      check()
      const batch = waiting
      waiting = []
      for (const item of batch) {
        check()
        if (ended) return
        yield item
      }
      if (waiting.length === 0 && failure === undefined && !ended) await changed.promise
      changed = Promise.withResolvers<void>()
    }
  }

  return {
    push: (item) => {
      if (ended || failure !== undefined) return
      if (waiting.length >= limit) return fail(overflow())
      waiting.push(item)
      changed.resolve()
    },
    fail,
    end: () => {
      ended = true
      waiting = []
      changed.resolve()
    },
    check,
    items,
  }
}
