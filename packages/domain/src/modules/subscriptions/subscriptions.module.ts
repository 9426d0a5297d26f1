import type { PlanName } from '@intellidocs/contracts'
import type { Clock, Log, Outbox, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import { createApiCalls } from './api-calls.ts'
import { billingRepository } from './billing/billing.repository.ts'
import { createBillingService, type BillingDeps } from './billing/billing.service.ts'
import type { PaymentService } from './billing/billing.types.ts'
import { followDeletion } from './billing/follow-deletion.ts'
import { countersRepository } from './counters.repository.ts'
import { createQuotaGate } from './quota-gate.ts'
import { rollupsRepository } from './rollups.repository.ts'
import { subscriptionsRepository } from './subscriptions.repository.ts'
import { createSubscriptionsRouter } from './subscriptions.router.ts'
import { createSubscriptionsService } from './subscriptions.service.ts'
import { createEditGate } from './unpaid.ts'
import { rollUpUsage } from './use-cases/reconcile-usage.ts'

export type SubscriptionsModuleDeps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly outbox: Outbox; readonly clock: Clock; readonly log: Log
  /** Of organizations of which nobody said anything; `own`, without limits, when absent. */
  readonly defaultPlan?: PlanName | undefined
  /** Null or absent: an administrator of the installation sets plans. */
  readonly payments?: PaymentService | null
}

/** What an organization may use, and what it used. */
export function createSubscriptionsModule({ defaultPlan = 'own', payments = null, ...given }: SubscriptionsModuleDeps) {
  const deps: BillingDeps = {
    ...given, payments, billing: billingRepository, installationPlan: defaultPlan, subscriptions: subscriptionsRepository, counters: countersRepository, rollups: rollupsRepository,
  }
  const [service, billing] = [createSubscriptionsService(deps), createBillingService(deps)]
  return {
    name: 'subscriptions',
    routers: { subscriptions: createSubscriptionsRouter(service, billing) },
    subscribers: [followDeletion(deps)],
    quota: createQuotaGate(deps),
    /** For the process that lets people in: throws `plan.read_only` while the plan of the organization takes no changes. */
    mayEdit: createEditGate(deps),
    /** For the process that answers calls by keys. */
    apiCalls: createApiCalls(deps),
    ...service,
    /** What the payment service tells, and what it should have told by now. */
    receive: billing.receive, refresh: billing.refresh,
    /** What the worker's activity is made of. See `use-cases/reconcile-usage.ts`. */
    rollUp: (beat: () => void): Promise<number> => rollUpUsage(deps, beat),
  } as const
}

export type SubscriptionsModule = ReturnType<typeof createSubscriptionsModule>
