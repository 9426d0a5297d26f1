import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client'
import { analyticsSummaries } from './summaries.ts'

const scheduleId = 'analytics-gauges'

/** What was missed is not made up for: a gauge says how things are when it is looked at. */
const wanted = {
  spec: { intervals: [{ every: '15 minutes' as const }], jitter: '1 minute' as const },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  action: { type: 'startWorkflow', workflowType: 'analyticsGauges', workflowId: scheduleId, taskQueue: 'flow', args: [], staticSummary: analyticsSummaries.gauges },
} as const

/** Makes the schedule, or makes it what it is to be; safe by several workers at once, and done again after Temporal lost its state. */
export async function ensureGaugesSchedule({ schedule }: Pick<Client, 'schedule'>): Promise<void> {
  const spec = { ...wanted.spec, intervals: [...wanted.spec.intervals] }
  try {
    await schedule.create({ scheduleId, ...wanted, spec })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await schedule.getHandle(scheduleId).update(({ state }) => ({ ...wanted, spec, state }))
  }
}
