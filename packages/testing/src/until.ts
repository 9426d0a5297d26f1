import { setTimeout as delay } from 'node:timers/promises'

type UntilOptions = {
  /** Milliseconds after which it fails; one minute. */
  readonly withinMs?: number
  /** Milliseconds from one look to the next; 50. */
  readonly everyMs?: number
  /** Told in the failure's message: what was seen last. */
  readonly seen?: () => string | Promise<string>
}

/**
 * Waits until `look` answers something other than false, null or undefined, and answers that. What `look` throws is not swallowed: where a server
 * may be away, `look` itself says what that means.
 * @throws Error that names `what`
 */
export async function until<T>(what: string, look: () => T | Promise<T>, options: UntilOptions = {}): Promise<Exclude<T, false | null | undefined>> {
  const { withinMs = 60_000, everyMs = 50, seen } = options
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== false && found !== null && found !== undefined) return found as Exclude<T, false | null | undefined>
    if (performance.now() > end) {
      const last = seen === undefined ? '' : `; seen last: ${await seen()}`
      throw new Error(`waited ${withinMs / 1000} s in vain until ${what}${last}`)
    }
    await delay(everyMs)
  }
}
