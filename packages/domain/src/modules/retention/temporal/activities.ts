import { Context } from '@temporalio/activity'
import type { RetentionModule } from '../retention.module.ts'
import type { RetentionActivities } from './activities.types.ts'

export function createRetentionActivities({ sweep }: Pick<RetentionModule, 'sweep'>): RetentionActivities {
  return {
    sweepRetention: (from) => {
      const context = Context.current()
      return sweep(from, () => {
        context.heartbeat()
        if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason
      })
    },
  }
}
