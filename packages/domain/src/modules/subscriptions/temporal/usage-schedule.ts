import { ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client'
import { usageSummaries } from './summaries.ts'

/** After an outage one run adds up all that was missed: it looks for what was not added up yet, whatever hour that is of. */
export const usageSchedule: ScheduleOptions = {
  scheduleId: 'usage-rollup',
  spec: { calendars: [{ minute: 5, second: 0, hour: '*', comment: 'once an hour' }], timezone: 'UTC', jitter: '2 minutes' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
  action: { type: 'startWorkflow', workflowType: 'usageRollup', workflowId: 'usage-rollup', taskQueue: 'flow', args: [], staticSummary: usageSummaries.rollUp },
}
