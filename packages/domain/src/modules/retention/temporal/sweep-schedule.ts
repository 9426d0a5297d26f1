import { ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client'
import { retentionSummaries } from './summaries.ts'

/** Of UTC. */
const HOUR = 2

/** After an outage one sweep comes for all that were missed, and none besides one that is still under way. */
export const sweepSchedule: ScheduleOptions = {
  scheduleId: 'retention-sweep',
  spec: { calendars: [{ hour: HOUR, minute: 0, second: 0, comment: 'once a day' }], timezone: 'UTC', jitter: '5 minutes' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
  action: { type: 'startWorkflow', workflowType: 'retentionSweep', workflowId: 'retention-sweep', taskQueue: 'flow', args: [], staticSummary: retentionSummaries.run },
}
