import { ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client'
import { approvalSummaries } from './summaries.ts'

/** Of UTC. */
const HOUR = 6

/** After an outage one digest comes for all that was missed, and none besides one that is still being written. */
export const digestSchedule: ScheduleOptions = {
  scheduleId: 'overdue-digest',
  spec: { calendars: [{ hour: HOUR, minute: 0, second: 0, comment: 'once a day' }], timezone: 'UTC', jitter: '5 minutes' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
  action: { type: 'startWorkflow', workflowType: 'overdueDigest', workflowId: 'overdue-digest', taskQueue: 'flow', args: [], staticSummary: approvalSummaries.digest },
}
