import { subscriptionsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router } from '@intellidocs/kernel'
import type { SubscriptionsService } from './subscriptions.service.ts'

export const createSubscriptionsRouter = (subscriptions: SubscriptionsService) => router({
  usage: orgProcedure.meta(may('usage', 'read')).output(contract.usage.output)
    .query(({ ctx }) => subscriptions.usage(ctx.actor)),
})
