import type { WebhooksDeps } from '../webhooks.deps.ts'
import type { WebhookGateway } from '../webhooks.types.ts'

/** Longer than whoever sends may be on their way. */
const LATE_MS = 60_000
const KEPT_MS = 30 * 24 * 3_600_000

/** Wakes the runs of endpoints for which something should have been sent a minute ago: Temporal was away, or lost its state. Answers how many. */
export async function wakeOverdue(deps: WebhooksDeps, gateway: WebhookGateway, signal: AbortSignal): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - LATE_MS)
  const refs = await deps.runAsSystem((tx) => deps.overdue.overdue(tx, before))
  for (const ref of refs) {
    if (signal.aborted) break
    await gateway.wake(ref)
  }
  return refs.length
}

/** Removes the log, and what still waits, of 30 days ago and before; answers how many. */
export const removeOldDeliveries = (deps: WebhooksDeps): Promise<number> =>
  deps.runAsSystem((tx) => deps.overdue.removeOlderThan(tx, new Date(deps.clock.now().getTime() - KEPT_MS)))
