import { Context } from '@temporalio/activity'
import type { AnalyticsModule } from '../analytics.module.ts'
import type { AnalyticsActivities } from './activities.types.ts'

export const createAnalyticsActivities = ({ sampleQueues }: Pick<AnalyticsModule, 'sampleQueues'>): AnalyticsActivities => ({
  sampleQueues: () => sampleQueues(beatOf(Context.current())),
})

/** A heartbeat, and the end of the work once the worker goes. */
const beatOf = (context: Context) => (): void => {
  context.heartbeat()
  if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason
}
