import { newId, subscriber, systemActor, type Subscriber } from '@intellidocs/kernel'
import type { AnalyticsDeps } from './analytics.deps.ts'
import { createCounter } from './count-facts.ts'
import { factsOf, heardTypes, timeOf } from './facts.policy.ts'

export function createAnalyticsSubscribers(deps: AnalyticsDeps): Subscriber[] {
  const count = createCounter(deps)
  return [
    subscriber({
      name: 'analytics.count',
      events: heardTypes,
      handle: (event) => count(event.orgId, { eventId: event.id, at: timeOf(event), facts: factsOf(event) }),
    }),
    subscriber({
      name: 'analytics.forget',
      events: ['privacy.person-erased.v1'],
      handle: ({ orgId }) => deps.runInTx(systemActor(orgId, newId()), async (tx) => {
        await deps.facts.hold(tx, orgId)
        await deps.facts.beginForgetting(tx, orgId)
      }),
    }),
  ]
}
