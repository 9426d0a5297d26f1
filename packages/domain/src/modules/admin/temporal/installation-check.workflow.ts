import { ActivityCancellationType, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { CheckActivities } from './activities.types.ts'
import { checkSummaries } from './summaries.ts'

/** Tried without end: what is broken meanwhile is mended some time, and an administrator can cancel the check. */
const { checkInstallation } = proxyActivities<CheckActivities>({
  startToCloseTimeout: '12 hours', heartbeatTimeout: '10 minutes', cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, summary: checkSummaries.steps,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
})

/** Where a check is stands in its row, so that a run that begins anew goes on there. */
export async function installationCheck(id: string): Promise<void> {
  while (!(await checkInstallation(id)).done) {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof installationCheck>(id)
  }
}
