import {
  meters, planNames, plans, plansContract, type subscriptionsContract, type Meter, type Metered, type OrgId, type PlanName, type PlanOverrides,
} from '@intellidocs/contracts'
import { AppError, type Actor } from '@intellidocs/kernel'
import type { z } from 'zod'
import { administering, type Administrator } from './administering.ts'
import { monthOf, periodOf, readOnlyFrom, resetsAt, type SubscriptionFacts } from './entitlements.policy.ts'
import { entitledTo } from './entitled.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'
import type { StoredSubscription } from './subscriptions.repository.ts'
import { correctUsage, verifyUsage, type Correction } from './use-cases/reconcile-usage.ts'

type Usage = z.infer<typeof subscriptionsContract.usage.output>
type Current = z.infer<typeof subscriptionsContract.current.output>
type Verified = z.infer<typeof subscriptionsContract.verify.output>
type Plans = z.infer<typeof subscriptionsContract.listPlans.output>
/** `trialEndsAt`: tried out until then. `next`: what holds from when on. `unpaidSince`: a bill is owed, and the grace of the plan runs. */
export type PlanSetting = {
  readonly orgId: OrgId; readonly plan: PlanName; readonly overrides?: PlanOverrides; readonly trialEndsAt?: Date; readonly unpaidSince?: Date
  readonly next?: { readonly plan: PlanName; readonly at: Date }
}

export type SubscriptionsService = {
  plans(): Plans
  current(actor: Actor): Promise<Current>
  usage(actor: Actor): Promise<Usage>
  /** See `use-cases/reconcile-usage.ts`, as the next. */
  verify(actor: Actor): Promise<Verified>
  correct(by: Administrator, correction: Correction): Promise<void>
  /**
   * An administrator of the installation gives an organization a plan at once, and what was agreed otherwise with it. What is there already is kept whatever
   * the limits are: nothing more can be added above them. `org.not_found`, `billing.provider` for one that pays by itself.
   */
  setPlan(by: Administrator, input: PlanSetting): Promise<Current>
  /** The same refusal, before anything is done. `billing.provider`. */
  mayBeGiven(by: Administrator, orgId: OrgId): Promise<void>
}

async function usage(deps: SubscriptionsDeps, actor: Actor): Promise<Usage> {
  const at = deps.clock.now()
  const { orgId } = actor
  return deps.runInTx(actor, async (tx) => {
    const { plan, limits, readOnly } = entitledTo(deps, await deps.subscriptions.find(tx, orgId), at)
    const used: Partial<Record<Meter, number>> = {
      ...await deps.counters.sums(tx, orgId, monthOf(at)),
      members: await deps.counters.standing(tx, orgId, { meter: 'members', at }), webhooks: await deps.counters.standing(tx, orgId, { meter: 'webhooks', at }),
    }
    const shown = meters.map((meter): [Meter, Metered] => [meter, {
      used: used[meter] ?? 0, limit: limits[meter]?.limit ?? null, hard: limits[meter]?.hard ?? null, resetsAt: resetsAt(meter, at)?.toISOString() ?? null,
    }])
    return { plan, readOnly, month: periodOf('documents', at), meters: Object.fromEntries(shown) as Record<Meter, Metered> }
  }, { readOnly: true })
}

/** The plan as its organization is shown it. */
export async function showCurrent(deps: SubscriptionsDeps, actor: Actor): Promise<Current> {
  const at = deps.clock.now()
  const facts = await deps.runInTx(actor, (tx) => deps.subscriptions.find(tx, actor.orgId), { readOnly: true })
  const { plan, features, auditDays, readOnly } = entitledTo(deps, facts, at)
  const iso = (moment: Date | null | undefined): string | null => moment?.toISOString() ?? null
  return {
    plan, readOnly, auditDays, features: plansContract.features.filter((name) => features[name]), status: facts?.status ?? 'active', provider: facts?.provider ?? 'manual',
    nextPlan: facts?.nextPlan ?? null, periodEndsAt: iso(facts?.periodEndsAt), trialEndsAt: iso(facts?.trialEndsAt),
    readOnlyFrom: iso(facts === null ? null : readOnlyFrom(facts)), overrides: facts?.overrides ?? {},
  }
}

function factsOf({ plan, overrides = {}, trialEndsAt, unpaidSince, next }: PlanSetting): SubscriptionFacts {
  const tried = trialEndsAt === undefined ? 'active' : 'trialing'
  return {
    plan, overrides, status: unpaidSince === undefined ? tried : 'past_due', trialEndsAt: trialEndsAt ?? null, pastDueSince: unpaidSince ?? null,
    nextPlan: next?.plan ?? null, periodEndsAt: next?.at ?? null,
  }
}

function mustBeGiven(facts: StoredSubscription | null): void {
  if (facts?.provider === 'stripe' && facts.status !== 'ended') throw new AppError('billing.provider')
}

async function setPlan(deps: SubscriptionsDeps, by: Administrator, setting: PlanSetting): Promise<Current> {
  const { orgId, plan } = setting
  const facts = factsOf(setting)
  const actor = administering(by, orgId)
  await deps.runInTx(actor, async (tx) => {
    if (!await deps.subscriptions.lock(tx, orgId)) throw new AppError('org.not_found')
    const before = await deps.subscriptions.find(tx, orgId)
    mustBeGiven(before)
    await deps.subscriptions.setPlan(tx, orgId, { facts, at: deps.clock.now() })
    await deps.counters.forget(tx, orgId)
    await deps.outbox.append(tx, actor, {
      type: 'subscriptions.plan-set.v1', payload: { plan }, audit: {
        subjectType: 'org', subjectId: orgId,
        data: { before: before === null ? null : { plan: before.plan, overrides: before.overrides }, after: { plan, overrides: facts.overrides } },
      },
    })
  })
  return showCurrent(deps, actor)
}

export const createSubscriptionsService = (deps: SubscriptionsDeps): SubscriptionsService => ({
  plans: () => ({ plans: planNames.map((name) => plans[name]) }),
  current: (actor) => showCurrent(deps, actor),
  usage: (actor) => usage(deps, actor),
  verify: (actor) => verifyUsage(deps, actor),
  correct: (by, correction) => correctUsage(deps, by, correction),
  setPlan: (by, input) => setPlan(deps, by, input),
  mayBeGiven: async (by, orgId) => mustBeGiven(await deps.runInTx(administering(by, orgId), (tx) => deps.subscriptions.find(tx, orgId), { readOnly: true })),
})
