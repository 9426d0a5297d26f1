import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client'
import { approvalSummaries } from './summaries.ts'

const scheduleId = 'overdue-digest'
/** Of UTC. */
const HOUR = 6

/** After an outage one digest comes for all that was missed, and none besides one that is still being written. */
const wanted = {
  spec: { calendars: [{ hour: HOUR, minute: 0, second: 0, comment: 'once a day' }], timezone: 'UTC', jitter: '5 minutes' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
  action: { type: 'startWorkflow', workflowType: 'overdueDigest', workflowId: 'overdue-digest', taskQueue: 'flow', args: [], staticSummary: approvalSummaries.digest },
} as const

/** Makes the schedule, or makes it what it is to be; safe by several workers at once, and done again after Temporal lost its state. */
export async function ensureDigestSchedule({ schedule }: Pick<Client, 'schedule'>): Promise<void> {
  try {
    await schedule.create({ scheduleId, ...wanted, spec: { ...wanted.spec, calendars: [...wanted.spec.calendars] } })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await schedule.getHandle(scheduleId).update(({ state }) => ({ ...wanted, spec: { ...wanted.spec, calendars: [...wanted.spec.calendars] }, state }))
  }
}
