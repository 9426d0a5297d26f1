import { ActivityCancellationType, continueAsNew, proxyActivities } from '@temporalio/workflow'
import type { ReindexingActivities } from './activities.types.ts'
import { reindexingSummaries } from './summaries.ts'

/** Tried without end: a model's server, or Meilisearch, that is away comes back. */
const { healSearch } = proxyActivities<ReindexingActivities>({
  startToCloseTimeout: '1 hour', heartbeatTimeout: '10 minutes', cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, summary: reindexingSummaries.steps,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
})

/** Steps of one run, some seconds each. */
const STEPS = 50

/** How far each organization is stands in its row, so that a run that begins anew goes on there. */
export async function reindexing(): Promise<void> {
  for (let step = 0; step < STEPS; step += 1) {
    if ((await healSearch()).done) return
  }
  await continueAsNew<typeof reindexing>()
}
