import type { PlanName } from '@intellidocs/contracts'
import type { Clock, Outbox, RunInTx, Subscriber } from '@intellidocs/kernel'
import { countersRepository } from './counters.repository.ts'
import { createQuotaGate } from './quota-gate.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'
import { subscriptionsRepository } from './subscriptions.repository.ts'
import { createSubscriptionsRouter } from './subscriptions.router.ts'
import { createSubscriptionsService } from './subscriptions.service.ts'

export type SubscriptionsModuleDeps = {
  readonly runInTx: RunInTx; readonly outbox: Outbox; readonly clock: Clock
  /** Of organizations of which nobody said anything; `own`, without limits, when absent. */
  readonly defaultPlan?: PlanName | undefined
}

/** What an organization may use, and what it used. */
export function createSubscriptionsModule({ defaultPlan = 'own', runInTx, outbox, clock }: SubscriptionsModuleDeps) {
  const deps: SubscriptionsDeps = {
    runInTx, outbox, clock, installationPlan: defaultPlan, subscriptions: subscriptionsRepository, counters: countersRepository,
  }
  const service = createSubscriptionsService(deps)
  return {
    name: 'subscriptions',
    routers: { subscriptions: createSubscriptionsRouter(service) },
    subscribers: [] as Subscriber[],
    quota: createQuotaGate(deps),
    ...service,
  } as const
}
