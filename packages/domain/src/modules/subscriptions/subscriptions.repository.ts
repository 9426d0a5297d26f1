import { plansContract, subscriptionsContract, type OrgId, type PlanName, type PlanOverrides } from '@intellidocs/contracts'
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

/** Every method runs in a unit of the organization. */
export const subscriptionsRepository = {
  async find(tx: Tx, orgId: OrgId): Promise<StoredSubscription | null> {
    const [found] = await tx.$queryRaw<{ subscription: unknown }[]>`select to_jsonb(s) as subscription from subscription s where s.org_id = ${orgId}::uuid`
    return toSubscription(found?.subscription ?? null)
  },
  /** Nobody counts, or changes the plan, until the unit ends; who counts now is waited for. False: there is no such organization. */
  async lock(tx: Tx, orgId: OrgId): Promise<boolean> {
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('subscriptions.plan:' || ${orgId}, 0))::text`
    const [found] = await tx.$queryRaw<{ n: number }[]>`select count(*)::int as n from org where id = ${orgId}::uuid`
    return found?.n === 1
  },
  /** Under the lock. As an administrator of the installation says, without an end. */
  async setPlan(tx: Tx, orgId: OrgId, { plan, overrides, at }: { plan: PlanName; overrides: PlanOverrides; at: Date }): Promise<void> {
    await tx.$executeRaw`
      insert into subscription (org_id, plan, overrides, updated_at)
      values (${orgId}::uuid, ${plan}, ${JSON.stringify(overrides)}::jsonb, ${at}::timestamptz)
      on conflict (org_id) do update set plan = excluded.plan, overrides = excluded.overrides, updated_at = excluded.updated_at, status = 'active',
        provider = 'manual', next_plan = null, period_ends_at = null, trial_ends_at = null, past_due_since = null`
  },
}

export type SubscriptionsRepository = typeof subscriptionsRepository
