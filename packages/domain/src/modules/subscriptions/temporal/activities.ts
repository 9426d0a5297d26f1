import { Context } from '@temporalio/activity'
import type { SubscriptionsModule } from '../subscriptions.module.ts'
import type { UsageActivities } from './activities.types.ts'

export function createUsageActivities(subscriptions: Pick<SubscriptionsModule, 'rollUp'>): UsageActivities {
  return {
    rollUpUsage() {
      const context = Context.current()
      return subscriptions.rollUp(() => context.heartbeat())
    },
  }
}
