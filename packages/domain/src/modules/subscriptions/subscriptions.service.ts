import {
  meters, planNames, plans, plansContract, type subscriptionsContract, type Meter, type Metered, type OrgId, type PlanName, type PlanOverrides,
} from '@intellidocs/contracts'
import { AppError, platformActor, type Actor, type Person } from '@intellidocs/kernel'
import type { z } from 'zod'
import { monthOf, periodOf, readOnlyFrom, resetsAt } from './entitlements.policy.ts'
import { entitledTo } from './quota-gate.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'

type Usage = z.infer<typeof subscriptionsContract.usage.output>
type Current = z.infer<typeof subscriptionsContract.current.output>
type Plans = z.infer<typeof subscriptionsContract.listPlans.output>
/** Somebody who proved to administer the installation; the caller sees to that. */
export type Administrator = Pick<Person, 'userId' | 'requestId' | 'source'>

export type SubscriptionsService = {
  plans(): Plans
  current(actor: Actor): Promise<Current>
  usage(actor: Actor): Promise<Usage>
  /**
   * An administrator of the installation gives an organization a plan, at once and without an end, and what was agreed otherwise with it. What is there
   * already is kept whatever the limits are: nothing more can be added above them. `org.not_found`.
   */
  setPlan(by: Administrator, input: { orgId: OrgId; plan: PlanName; overrides?: PlanOverrides }): Promise<Current>
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

async function show(deps: SubscriptionsDeps, actor: Actor): Promise<Current> {
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

async function setPlan(deps: SubscriptionsDeps, by: Administrator, { orgId, plan, overrides = {} }: { orgId: OrgId; plan: PlanName; overrides?: PlanOverrides }): Promise<Current> {
  const actor: Actor = { ...platformActor(by), orgId }
  await deps.runInTx(actor, async (tx) => {
    if (!await deps.subscriptions.lock(tx, orgId)) throw new AppError('org.not_found')
    const before = await deps.subscriptions.find(tx, orgId)
    await deps.subscriptions.setPlan(tx, orgId, { plan, overrides, at: deps.clock.now() })
    await deps.counters.forget(tx, orgId)
    await deps.outbox.append(tx, actor, {
      type: 'subscriptions.plan-set.v1', payload: { plan }, audit: {
        subjectType: 'org', subjectId: orgId,
        data: { before: before === null ? null : { plan: before.plan, overrides: before.overrides }, after: { plan, overrides } },
      },
    })
  })
  return show(deps, actor)
}

export const createSubscriptionsService = (deps: SubscriptionsDeps): SubscriptionsService => ({
  plans: () => ({ plans: planNames.map((name) => plans[name]) }),
  current: (actor) => show(deps, actor),
  usage: (actor) => usage(deps, actor),
  setPlan: (by, input) => setPlan(deps, by, input),
})
