import { ActivityCancellationType, continueAsNew, proxyActivities } from '@temporalio/workflow'
import type { ReembeddingActivities } from './activities.types.ts'
import { reembeddingSummaries } from './summaries.ts'

/** Tried without end: a model's server that is away comes back, and a worker that was configured with another model is replaced. */
const { embedAnew } = proxyActivities<ReembeddingActivities>({
  startToCloseTimeout: '1 hour', heartbeatTimeout: '10 minutes', cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, summary: reembeddingSummaries.steps,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
})

/** Steps of one run, some seconds each. */
const STEPS = 50

/** How far each organization is stands in its row, so that a run that begins anew goes on there. */
export async function reembedding(model: string): Promise<void> {
  for (let step = 0; step < STEPS; step += 1) {
    if ((await embedAnew(model)).done) return
  }
  await continueAsNew<typeof reembedding>(model)
}
