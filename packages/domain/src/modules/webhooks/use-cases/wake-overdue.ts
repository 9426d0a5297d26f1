import type { WebhooksDeps } from '../webhooks.deps.ts'
import type { WebhookGateway, WebhookRef } from '../webhooks.types.ts'
import { ROWS_AT_ONCE } from '../overdue.repository.ts'

/** Longer than whoever sends may be on their way. */
const LATE_MS = 60_000
const PAGE = 500
const DAY_MS = 24 * 3_600_000
/** How long a delivery waits at most, and the log is kept. */
const KEPT_MS = 30 * DAY_MS
/** How long the log says what came of something that ended late. */
const SHOWN_MS = 7 * DAY_MS

/** Wakes the runs of endpoints for which something should have been sent a minute ago: Temporal was away, or lost its state. Answers how many. */
export async function wakeOverdue(deps: WebhooksDeps, gateway: WebhookGateway, signal: AbortSignal): Promise<number> {
  const before = new Date(deps.clock.now().getTime() - LATE_MS)
  let woken = 0
  for (let after: string | null = null; ;) {
    const refs: WebhookRef[] = await deps.runAsSystem((tx) => deps.overdue.overdue(tx, before, { after, limit: PAGE }))
    for (const ref of refs) {
      if (signal.aborted) return woken
      await gateway.wake(ref)
      woken += 1
    }
    after = refs.at(-1)?.endpointId ?? null
    if (refs.length < PAGE) return woken
  }
}

/** Gives up what has waited for 30 days, and removes the log of 30 days ago and before and that of endpoints that were deleted; answers how many rows went. */
export async function removeOldDeliveries(deps: WebhooksDeps, signal: AbortSignal): Promise<number> {
  const now = deps.clock.now()
  const [before, ended] = [new Date(now.getTime() - KEPT_MS), new Date(now.getTime() - SHOWN_MS)]
  await untilFew(signal, () => deps.runAsSystem((tx) => deps.overdue.giveUp(tx, { before, now })))
  const old = await untilFew(signal, () => deps.runAsSystem((tx) => deps.overdue.removeOlderThan(tx, { noted: before, ended })))
  return old + await untilFew(signal, () => deps.runAsSystem((tx) => deps.overdue.removeDeleted(tx)))
}

/** A statement after the other, until one of them finds less than it would take; answers how many all of them found. */
async function untilFew(signal: AbortSignal, some: () => Promise<number>): Promise<number> {
  for (let all = 0; ;) {
    const found = await some()
    all += found
    if (found < ROWS_AT_ONCE || signal.aborted) return all
  }
}
