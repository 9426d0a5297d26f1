import { continueAsNew, proxyActivities } from '@temporalio/workflow'
import type { SweepPlace } from '../retention.types.ts'
import type { RetentionActivities } from './activities.types.ts'
import { retentionSummaries } from './summaries.ts'

const { sweepRetention } = proxyActivities<RetentionActivities>({
  startToCloseTimeout: '30 minutes', heartbeatTimeout: '60 seconds', summary: retentionSummaries.batch,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 minutes' },
})

/** Of some six events of history each; 500 documents to a batch. */
const BATCHES_PER_RUN = 50

/** Started once a day by its schedule. A worker that dies loses one batch at most, which is done again. */
export async function retentionSweep(from: SweepPlace | null = null): Promise<void> {
  let place = from
  for (let done = 0; done < BATCHES_PER_RUN; done += 1) {
    place = await sweepRetention(place)
    if (place === null) return
  }
  await continueAsNew<typeof retentionSweep>(place)
}
