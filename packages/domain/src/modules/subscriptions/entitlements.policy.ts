import { meters, plans, standingMeters, type Feature, type Meter, type Plan, type PlanName, type PlanOverrides } from '@intellidocs/contracts'

/** What is known of an organization's subscription. */
export type SubscriptionFacts = {
  readonly plan: PlanName
  readonly status: 'active' | 'trialing' | 'past_due' | 'ended'
  readonly overrides: PlanOverrides
  /** From `periodEndsAt` on. */
  readonly nextPlan: PlanName | null
  readonly periodEndsAt: Date | null
  readonly trialEndsAt: Date | null
  readonly pastDueSince: Date | null
}

/** `hard`: where the grace ends, and with it what is allowed. */
export type Limit = { readonly limit: number; readonly hard: number }
export type Entitlements = {
  readonly plan: PlanName
  /** Null: no limit. */
  readonly limits: Readonly<Record<Meter, Limit | null>>
  readonly features: Readonly<Record<Feature, boolean>>
  readonly auditDays: number | null
  /** A payment failed and its grace is over: nothing can be added or changed, everything can be read. */
  readonly readOnly: boolean
}

const DAY_MS = 86_400_000

const begun = (moment: Date | null, at: Date): boolean => moment !== null && moment.getTime() <= at.getTime()

/**
 * The plan that holds at a moment. A trial that is over, and a subscription that ended, are `fallback`; a plan that was chosen for the next period holds from
 * its beginning on, whether or not anybody has told of that yet.
 */
function planAt({ plan, status, nextPlan, periodEndsAt, trialEndsAt }: SubscriptionFacts, fallback: PlanName, at: Date): PlanName {
  if (status === 'ended' || (status === 'trialing' && begun(trialEndsAt, at))) return fallback
  return nextPlan !== null && begun(periodEndsAt, at) ? nextPlan : plan
}

function limitOf(meter: Meter, most: number | null, grace: number): Limit | null {
  if (most === null) return null
  // One more person or endpoint is somebody's decision, not a month that went better than was thought.
  const stands = meter === 'members' || meter === 'webhooks'
  return { limit: most, hard: stands ? most : Math.floor(most * (1 + grace)) }
}

function limitsOf({ limits, grace }: Plan, agreed: PlanOverrides): Entitlements['limits'] {
  const named = meters.map((meter) => {
    const most = agreed[meter]
    return [meter, limitOf(meter, most === undefined ? limits[meter] : most, grace)]
  })
  return Object.fromEntries(named) as Record<Meter, Limit | null>
}

/**
 * What an organization may do at a moment. Null: nobody said anything of it, and it has the plan of the installation. What was agreed instead (`overrides`)
 * holds as long as the plan it was agreed on.
 */
export function entitlementsOf(facts: SubscriptionFacts | null, { installation, fallback, at }: {
  /** For organizations of which nobody said anything. */
  readonly installation: PlanName
  /** After a trial, and after the end. */
  readonly fallback: PlanName
  readonly at: Date
}): Entitlements {
  const name = facts === null ? installation : planAt(facts, fallback, at)
  const plan = plans[name]
  const overrides = facts?.plan === name && facts.status !== 'ended' ? facts.overrides : {}
  return {
    plan: name, limits: limitsOf(plan, overrides), features: plan.features, auditDays: plan.auditDays,
    readOnly: facts !== null && begun(readOnlyFrom(facts), at),
  }
}

/** When nothing can be added or changed any more, unless a payment that failed is made; null while none is owed. */
export function readOnlyFrom({ plan, status, pastDueSince }: SubscriptionFacts): Date | null {
  if (status !== 'past_due' || pastDueSince === null) return null
  return new Date(pastDueSince.getTime() + plans[plan].paymentGraceDays * DAY_MS)
}

/** Where acts of a moment are counted: the calendar month (UTC), or what stands. */
export const periodOf = (meter: Meter, at: Date): string => (isStanding(meter) ? 'standing' : at.toISOString().slice(0, 7))

const isStanding = (meter: Meter): boolean => standingMeters.some((standing) => standing === meter)

/** When a period ends and counting begins anew; null for what stands. */
export function resetsAt(meter: Meter, at: Date): Date | null {
  return isStanding(meter) ? null : new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1))
}
export const monthOf = (at: Date): { readonly from: Date; readonly to: Date } => ({
  from: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)), to: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)),
})

/** The share of a limit that is to be told, in percent; 0: none yet. A limit of nothing is told by being refused. */
export function shareToTell(used: number, limit: number): 0 | 80 | 100 {
  if (limit === 0) return 0
  if (used >= limit) return 100
  return used * 100 >= limit * 80 ? 80 : 0
}
