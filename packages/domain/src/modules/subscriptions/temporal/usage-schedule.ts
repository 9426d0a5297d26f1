import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client'
import { usageSummaries } from './summaries.ts'

const scheduleId = 'usage-rollup'

/** After an outage one run adds up all that was missed: it looks for what was not added up yet, whatever hour that is of. */
const wanted = {
  spec: { calendars: [{ minute: 5, second: 0, hour: '*' as const, comment: 'once an hour' }], timezone: 'UTC', jitter: '2 minutes' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
  action: { type: 'startWorkflow', workflowType: 'usageRollup', workflowId: 'usage-rollup', taskQueue: 'flow', args: [], staticSummary: usageSummaries.rollUp },
} as const

/** Makes the schedule, or makes it what it is to be; safe by several workers at once, and done again after Temporal lost its state. */
export async function ensureUsageSchedule({ schedule }: Pick<Client, 'schedule'>): Promise<void> {
  const spec = { ...wanted.spec, calendars: [...wanted.spec.calendars] }
  try {
    await schedule.create({ scheduleId, ...wanted, spec })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await schedule.getHandle(scheduleId).update(({ state }) => ({ ...wanted, spec, state }))
  }
}
