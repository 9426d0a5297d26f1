import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@intellidocs/kernel'

export type Chore = { readonly name: string; readonly everyMs: number; readonly run: (signal: AbortSignal) => Promise<unknown> }

/** Runs a chore now and again, never twice at once, until the signal. A failure is logged and the next time comes as if nothing had been. */
export async function periodically(chore: Chore, { log, signal }: { log: Log; signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    try {
      const result = await chore.run(signal)
      log.debug({ chore: chore.name, result }, 'a chore was done')
    } catch (error) {
      if (signal.aborted) return
      log.warn({ err: error, chore: chore.name }, 'a chore failed; it comes again')
    }
    // The only thing that ends the wait early is the signal, which the loop looks at.
    await delay(chore.everyMs, undefined, { signal }).catch(() => undefined)
  }
}
