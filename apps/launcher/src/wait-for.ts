import { setTimeout as delay } from 'node:timers/promises'

const EVERY_MS = 250
/** Longer than anything of a throw-away installation takes on a slow machine. */
const LONGEST_MS = 120_000

type Waiting = { readonly what: string; readonly signal: AbortSignal }

/** Asks until the answer pleases. @throws Error that names what did not come */
export async function waitFor<T>(ask: () => Promise<T>, pleases: (answer: T) => boolean, { what, signal }: Waiting): Promise<T> {
  const until = performance.now() + LONGEST_MS
  for (;;) {
    const answer = await ask()
    if (pleases(answer)) return answer
    if (performance.now() > until) throw new Error(`${what} did not come within ${LONGEST_MS / 1000} s`)
    await delay(EVERY_MS, undefined, { signal })
  }
}
