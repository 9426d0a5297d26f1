import { ScheduleAlreadyRunning, type Client, type ScheduleOptions } from '@temporalio/client'

/**
 * Makes the schedule, or makes it what it is to be; safe by several workers at once, and done again after Temporal lost its state. Who has paused it keeps it
 * paused.
 */
export async function ensureSchedule({ schedule }: Pick<Client, 'schedule'>, wanted: ScheduleOptions): Promise<void> {
  try {
    await schedule.create(wanted)
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    const { scheduleId, ...rest } = wanted
    await schedule.getHandle(scheduleId).update(({ state }) => ({ ...rest, state }))
  }
}
