import { proxyActivities } from '@temporalio/workflow'
import type { DigestActivities } from './activities.types.ts'
import { approvalSummaries } from './summaries.ts'

const { tellOverdue } = proxyActivities<DigestActivities>({
  startToCloseTimeout: '30 minutes', heartbeatTimeout: '60 seconds', summary: approvalSummaries.digest,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 minutes', maximumAttempts: 20 },
})

/** Started once a day by its schedule. */
export async function overdueDigest(): Promise<void> {
  await tellOverdue()
}
