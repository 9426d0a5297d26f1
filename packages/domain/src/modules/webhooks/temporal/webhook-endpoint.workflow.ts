import { condition, continueAsNew, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow'
import { NOTIFY_QUEUE, type WebhookActivities, type WebhookRef } from '../webhooks.types.ts'
import { webhookSummaries } from './summaries.ts'

/** Something came, or was asked for. */
export const wakeSignal = defineSignal('wake')

/** A round is six to eleven events of history, and each signal some four; what comes while a round goes on is on top. */
const EVENTS_PER_RUN = 500
/** A longer wait is made of parts, so that a row that was mended by hand is seen within a day. */
const LONGEST_WAIT_MS = 24 * 3_600_000
/** Tried without end: what is to be sent stands in rows, and failing to reach a receiver is no failure of this. */
const { deliverDue } = proxyActivities<WebhookActivities>({
  taskQueue: NOTIFY_QUEUE, startToCloseTimeout: '2 minutes', heartbeatTimeout: '6 seconds', summary: webhookSummaries.due,
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
})

/**
 * Sends to one endpoint, round after round, as long as something waits for it, and ends when nothing does. All its state is in rows; a signal makes it
 * look again at once.
 */
export async function webhookEndpoint(ref: WebhookRef): Promise<void> {
  let woken = false
  setHandler(wakeSignal, () => { woken = true })
  for (;;) {
    woken = false
    const { nextInMs } = await deliverDue(ref)
    const { historyLength, continueAsNewSuggested } = workflowInfo()
    if (historyLength > EVENTS_PER_RUN || continueAsNewSuggested) await continueAsNew<typeof webhookEndpoint>(ref)
    if (nextInMs === null && !woken) return
    if (nextInMs !== null && nextInMs > 0) await condition(() => woken, Math.min(nextInMs, LONGEST_WAIT_MS), { summary: webhookSummaries.wait })
  }
}
