import { subscriptionsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid } from '@intellidocs/kernel'
import type { BillingService } from './billing/billing.service.ts'
import type { SubscriptionsService } from './subscriptions.service.ts'

const read = orgProcedure.meta(may('usage', 'read'))
const pay = orgProcedure.meta({ ...may('billing', 'manage'), ...whileUnpaid('paying') })

export const createSubscriptionsRouter = (subscriptions: SubscriptionsService, billing: BillingService) => router({
  plans: read.output(contract.listPlans.output).query(() => subscriptions.plans()),
  current: read.output(contract.current.output).query(({ ctx }) => subscriptions.current(ctx.actor)),
  usage: read.output(contract.usage.output).query(({ ctx }) => subscriptions.usage(ctx.actor)),
  verify: read.output(contract.verify.output).query(({ ctx }) => subscriptions.verify(ctx.actor)),
  checkout: pay.input(contract.checkout.input).output(contract.checkout.output).mutation(({ ctx, input }) => billing.checkout(ctx.actor, input)),
  portal: pay.output(contract.portal.output).mutation(({ ctx }) => billing.portal(ctx.actor)),
  cancel: pay.output(contract.cancel.output).mutation(({ ctx }) => billing.cancel(ctx.actor)),
  reactivate: pay.output(contract.reactivate.output).mutation(({ ctx }) => billing.reactivate(ctx.actor)),
})
