import { proxyActivities } from '@temporalio/workflow'
import type { UsageActivities } from './activities.types.ts'
import { usageSummaries } from './summaries.ts'

const { rollUpUsage } = proxyActivities<UsageActivities>({
  startToCloseTimeout: '30 minutes', heartbeatTimeout: '2 minutes', summary: usageSummaries.rollUp,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 minutes', maximumAttempts: 20 },
})

/** Started every hour by its schedule. */
export async function usageRollup(): Promise<void> {
  await rollUpUsage()
}
