import type { RunInTx, Subscriber } from '@intellidocs/kernel'
import { subscriptionsRepository } from './subscriptions.repository.ts'
import { createSubscriptionsRouter } from './subscriptions.router.ts'
import { createQuotaGate, createSubscriptionsService } from './subscriptions.service.ts'

export type SubscriptionsDeps = { runInTx: RunInTx }

export function createSubscriptionsModule({ runInTx }: SubscriptionsDeps) {
  const service = createSubscriptionsService({ runInTx, repository: subscriptionsRepository })
  return {
    name: 'subscriptions',
    routers: { subscriptions: createSubscriptionsRouter(service) },
    subscribers: [] as Subscriber[],
    quota: createQuotaGate(subscriptionsRepository),
  } as const
}
