import { plansContract, subscriptionsContract, type OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import type { SubscriptionFacts } from './entitlements.policy.ts'

export type Provider = 'manual' | 'stripe'
export type StoredSubscription = SubscriptionFacts & { readonly provider: Provider }

const moment = z.coerce.date().nullable()
const row = z.object({
  plan: plansContract.planName, status: z.enum(subscriptionsContract.subscriptionStatuses), provider: z.enum(['manual', 'stripe']),
  overrides: plansContract.overrides, next_plan: plansContract.planName.nullable(), period_ends_at: moment, trial_ends_at: moment, past_due_since: moment,
})

/** A row as `to_jsonb` spells it. */
export function toSubscription(found: unknown): StoredSubscription | null {
  if (found === null) return null
  const { next_plan: nextPlan, period_ends_at: periodEndsAt, trial_ends_at: trialEndsAt, past_due_since: pastDueSince, ...rest } = row.parse(found)
  return { ...rest, nextPlan, periodEndsAt, trialEndsAt, pastDueSince }
}

async function isThere(tx: Tx, orgId: OrgId): Promise<boolean> {
  const [found] = await tx.$queryRaw<{ n: number }[]>`select count(*)::int as n from org where id = ${orgId}::uuid`
  return found?.n === 1
}

/** Every method runs in a unit of the organization. */
export const subscriptionsRepository = {
  async find(tx: Tx, orgId: OrgId): Promise<StoredSubscription | null> {
    const [found] = await tx.$queryRaw<{ subscription: unknown }[]>`select to_jsonb(s) as subscription from subscription s where s.org_id = ${orgId}::uuid`
    return toSubscription(found?.subscription ?? null)
  },
  /** Nobody counts, or changes the plan, until the unit ends; who counts now is waited for. False: there is no such organization. */
  async lock(tx: Tx, orgId: OrgId): Promise<boolean> {
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('subscriptions.plan:' || ${orgId}, 0))::text`
    return isThere(tx, orgId)
  },
  isThere,
  /** Under the lock. As an administrator of the installation says: whoever asked the payment service before that writes nothing over it. */
  async setPlan(tx: Tx, orgId: OrgId, { facts, at }: { facts: SubscriptionFacts; at: Date }): Promise<void> {
    const { plan, status, overrides, nextPlan, periodEndsAt, trialEndsAt, pastDueSince } = facts
    await tx.$executeRaw`
      insert into subscription (org_id, plan, status, overrides, next_plan, period_ends_at, trial_ends_at, past_due_since, updated_at)
      values (${orgId}::uuid, ${plan}, ${status}, ${JSON.stringify(overrides)}::jsonb, ${nextPlan}, ${periodEndsAt}::timestamptz, ${trialEndsAt}::timestamptz,
        ${pastDueSince}::timestamptz, ${at}::timestamptz)
      on conflict (org_id) do update set plan = excluded.plan, status = excluded.status, overrides = excluded.overrides, next_plan = excluded.next_plan,
        period_ends_at = excluded.period_ends_at, trial_ends_at = excluded.trial_ends_at, past_due_since = excluded.past_due_since,
        updated_at = excluded.updated_at, provider = 'manual', told = subscription.asked`
  },
}

export type SubscriptionsRepository = typeof subscriptionsRepository
