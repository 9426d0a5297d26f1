import { entitlementsOf, type Entitlements, type SubscriptionFacts } from './entitlements.policy.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'

/** After a trial, and after a subscription that ended. */
export const FALLBACK = 'free'

export const entitledTo = (deps: Pick<SubscriptionsDeps, 'installationPlan'>, facts: SubscriptionFacts | null, at: Date): Entitlements =>
  entitlementsOf(facts, { installation: deps.installationPlan, fallback: FALLBACK, at })
