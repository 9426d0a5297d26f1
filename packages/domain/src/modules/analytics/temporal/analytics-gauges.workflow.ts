import { proxyActivities } from '@temporalio/workflow'
import type { AnalyticsActivities } from './activities.types.ts'
import { analyticsSummaries } from './summaries.ts'

const { sampleQueues } = proxyActivities<AnalyticsActivities>({
  startToCloseTimeout: '5 minutes', heartbeatTimeout: '60 seconds', summary: analyticsSummaries.gauges,
  // What was not looked at in its quarter of an hour is not looked at any more.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 5 },
})

/** Started each quarter of an hour by its schedule. */
export async function analyticsGauges(): Promise<void> {
  await sampleQueues()
}
