import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client'
import { retentionSummaries } from './summaries.ts'

const scheduleId = 'retention-sweep'
/** Of UTC. */
const HOUR = 2

/** After an outage one sweep comes for all that were missed, and none besides one that is still under way. */
const wanted = {
  spec: { calendars: [{ hour: HOUR, minute: 0, second: 0, comment: 'once a day' }], timezone: 'UTC', jitter: '5 minutes' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
  action: { type: 'startWorkflow', workflowType: 'retentionSweep', workflowId: 'retention-sweep', taskQueue: 'flow', args: [], staticSummary: retentionSummaries.run },
} as const

/** Makes the schedule, or makes it what it is to be; safe by several workers at once, and done again after Temporal lost its state. */
export async function ensureSweepSchedule({ schedule }: Pick<Client, 'schedule'>): Promise<void> {
  const spec = { ...wanted.spec, calendars: [...wanted.spec.calendars] }
  try {
    await schedule.create({ scheduleId, ...wanted, spec })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await schedule.getHandle(scheduleId).update(({ state }) => ({ ...wanted, spec, state }))
  }
}
