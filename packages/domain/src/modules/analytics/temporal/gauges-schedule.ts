import { ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client'
import { analyticsSummaries } from './summaries.ts'

/** What was missed is not made up for: a gauge says how things are when it is looked at. */
export const gaugesSchedule: ScheduleOptions = {
  scheduleId: 'analytics-gauges',
  spec: { intervals: [{ every: '15 minutes' }], jitter: '1 minute' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  action: { type: 'startWorkflow', workflowType: 'analyticsGauges', workflowId: 'analytics-gauges', taskQueue: 'flow', args: [], staticSummary: analyticsSummaries.gauges },
}
