import type { WebhooksDeps } from '../webhooks.deps.ts'
import type { WebhookRef } from '../webhooks.types.ts'

/** After Temporal did not answer, nobody waits for it again for so long. */
const AWAY_MS = 2_000

/** Wakes the runs of these endpoints, all at once. */
export type Waker = (refs: readonly WebhookRef[]) => Promise<void>

/**
 * A wake that fails is no failure: what is to be sent stands in rows by then, and the chore that looks for what is late wakes it (`wake-overdue.ts`).
 * Tried again by the relay, it would keep its events unnoted, and with them all that came after these.
 */
export function createWaker(deps: WebhooksDeps): Waker {
  let awayUntil = 0
  return async (refs) => {
    if (refs.length === 0 || deps.clock.now().getTime() < awayUntil) return
    const { gateway } = deps
    if (gateway === undefined) throw new Error('this process has no way to Temporal and must not run subscribers')
    const failed = (await Promise.allSettled(refs.map((ref) => gateway.wake(ref)))).find((one) => one.status === 'rejected')
    if (failed === undefined) return
    awayUntil = deps.clock.now().getTime() + AWAY_MS
    deps.log.warn({ err: failed.reason }, 'webhooks could not be woken; what waits is looked for every minute')
  }
}
