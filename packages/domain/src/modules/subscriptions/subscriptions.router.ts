import { subscriptionsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router } from '@intellidocs/kernel'
import type { SubscriptionsService } from './subscriptions.service.ts'

const read = orgProcedure.meta(may('usage', 'read'))

export const createSubscriptionsRouter = (subscriptions: SubscriptionsService) => router({
  plans: read.output(contract.listPlans.output).query(() => subscriptions.plans()),
  current: read.output(contract.current.output).query(({ ctx }) => subscriptions.current(ctx.actor)),
  usage: read.output(contract.usage.output).query(({ ctx }) => subscriptions.usage(ctx.actor)),
})
