import { meters, planNames, plans, plansContract, type PlanName } from '@intellidocs/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entitlementsOf, monthOf, periodOf, resetsAt, shareToTell, type SubscriptionFacts } from './entitlements.policy.ts'

const DAY = 86_400_000
const at = new Date('2026-11-30T12:00:00Z')
const days = (n: number): Date => new Date(at.getTime() + n * DAY)
const facts = (given: Partial<SubscriptionFacts>): SubscriptionFacts => ({
  plan: 'team', status: 'active', overrides: {}, nextPlan: null, periodEndsAt: null, trialEndsAt: null, pastDueSince: null, ...given,
})
const under = (of: SubscriptionFacts | null) => entitlementsOf(of, { installation: 'own', fallback: 'free', at })

const statuses = ['active', 'trialing', 'past_due', 'ended'] as const
const moment = fc.date({ min: days(-400), max: days(400), noInvalidDate: true })
const anyFacts = fc.record({
  plan: fc.constantFrom(...planNames), status: fc.constantFrom(...statuses), nextPlan: fc.option(fc.constantFrom(...planNames)),
  periodEndsAt: fc.option(moment), trialEndsAt: fc.option(moment), pastDueSince: fc.option(moment),
  overrides: fc.record({ members: fc.option(fc.nat()), bytes: fc.option(fc.nat()) }, { requiredKeys: [] }),
})

describe('which plan holds', () => {
  test.each<[string, Partial<SubscriptionFacts>, PlanName]>([
    ['an active one is itself', {}, 'team'],
    ['a trial is its plan until its end', { status: 'trialing', trialEndsAt: days(1) }, 'team'],
    ['a trial that is over is free', { status: 'trialing', trialEndsAt: days(-1) }, 'free'],
    ['a trial ends at the very moment', { status: 'trialing', trialEndsAt: at }, 'free'],
    ['a smaller plan holds from the next period on', { nextPlan: 'free', periodEndsAt: days(1) }, 'team'],
    ['and then does, though nobody has told of it', { nextPlan: 'free', periodEndsAt: at }, 'free'],
    ['one that is to be renewed stays itself past its period', { periodEndsAt: days(-3) }, 'team'],
    ['a payment that failed changes no plan', { status: 'past_due', pastDueSince: days(-60) }, 'team'],
    ['one that ended is free', { status: 'ended' }, 'free'],
    ['one that ended stays so, whatever was planned', { status: 'ended', nextPlan: 'business', periodEndsAt: days(-1) }, 'free'],
  ])('%s', (_, given, plan) => {
    expect(under(facts(given)).plan).toBe(plan)
  })

  test('an organization of which nobody said anything has the plan of the installation, without limits', () => {
    const { plan, limits, readOnly } = under(null)
    expect([plan, readOnly, Object.values(limits).every((limit) => limit === null)]).toEqual(['own', false, true])
  })
})

describe('what it allows', () => {
  test('what is done in a month, and the bytes, go beyond the limit by the grace; seats and endpoints do not', () => {
    const { limits } = under(facts({ plan: 'team' }))
    expect([limits.documents, limits.bytes?.hard, limits.members, limits.webhooks]).toEqual([
      { limit: 5_000, hard: 5_500 }, Math.floor(100 * 1_073_741_824 * 1.1), { limit: 15, hard: 15 }, { limit: 5, hard: 5 }])
  })

  test('what was agreed holds instead of the plan, none and nothing included, and only as long as that plan', () => {
    const agreed = facts({ overrides: { members: 40, pages: null, webhooks: 0 }, nextPlan: 'free', periodEndsAt: days(1) })
    expect(under(agreed).limits).toMatchObject({ members: { limit: 40 }, pages: null, webhooks: { limit: 0, hard: 0 }, documents: { limit: 5_000 } })
    expect(under({ ...agreed, periodEndsAt: days(-1) }).limits).toMatchObject({ members: { limit: 3 }, pages: { limit: 2_000 }, webhooks: { limit: 1 } })
  })

  test.each([[-13.9, false], [-14, true], [-100, true]])('a payment that failed %d days ago leaves a team read-only: %s', (ago, readOnly) => {
    expect(under(facts({ status: 'past_due', pastDueSince: days(ago) })).readOnly).toBe(readOnly)
  })

  test('never is anything allowed beyond the limit and the grace of the plan that holds, nor less than the limit', () => {
    fc.assert(fc.property(anyFacts, fc.constantFrom<PlanName>('free', 'own'), (given, installation) => {
      const { plan, limits, features } = entitlementsOf(given, { installation, fallback: 'free', at })
      expect(features).toEqual(plans[plan].features)
      for (const meter of meters) {
        const limit = limits[meter]
        if (limit === null) continue
        expect(limit.hard).toBeGreaterThanOrEqual(limit.limit)
        expect(limit.hard).toBeLessThanOrEqual(limit.limit * (1 + plans[plan].grace))
      }
    }))
  })

  test('only a payment that failed makes read-only', () => {
    fc.assert(fc.property(anyFacts, (given) => {
      if (given.status !== 'past_due') expect(under(given).readOnly).toBe(false)
    }))
  })
})

test('every plan allows at least what the one below it does', () => {
  const paid = planNames.map((name) => plans[name])
  for (const [n, plan] of paid.entries()) {
    const below = paid[n - 1]
    if (below !== undefined) for (const meter of meters) expect(plan.limits[meter] ?? Infinity).toBeGreaterThanOrEqual(below.limits[meter] ?? Infinity)
  }
})

test.each([[{ ...plans.free, limits: { ...plans.free.limits, members: -1 } }], [{ ...plans.free, extra: 1 }], [{ ...plans.free, grace: 2 }], [{ ...plans.free, name: 'gold' }]])(
  'a plan that is none is refused: %j', (wrong) => { expect(plansContract.plan.safeParse(wrong).success).toBe(false) })

test('a month begins and ends in UTC, the last of a year too; what stands has none', () => {
  const last = new Date('2026-12-31T23:59:59.999Z')
  expect([periodOf('pages', last), resetsAt('pages', last)?.toISOString(), periodOf('bytes', last), resetsAt('bytes', last)]).toEqual(['2026-12', '2027-01-01T00:00:00.000Z', 'standing', null])
  fc.assert(fc.property(moment, (any) => {
    const { from, to } = monthOf(any)
    expect(from.getTime() <= any.getTime() && any.getTime() < to.getTime()).toBe(true)
    expect([periodOf('pages', from), periodOf('pages', new Date(to.getTime() - 1))]).toEqual([periodOf('pages', any), periodOf('pages', any)])
  }))
})

test.each([[79, 100, 0], [80, 100, 80], [99, 100, 80], [100, 100, 100], [150, 100, 100], [0, 0, 0], [1, 3, 0], [3, 3, 100]])('%d of %d tells of %d percent', (used, limit, share) => {
  expect(shareToTell(used, limit)).toBe(share)
})
