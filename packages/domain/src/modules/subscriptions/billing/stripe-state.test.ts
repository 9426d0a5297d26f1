import type { PlanName } from '@intellidocs/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { billedOf, isMore, type StripeSubscription } from './stripe-state.ts'

const item = (price: string, end = 5_000) => ({ data: [{ id: 'si_1', price: { id: price }, current_period_end: end }] })
const sub = (given: Partial<StripeSubscription> = {}): StripeSubscription => ({
  id: 'sub_1', status: 'active', created: 1_000, cancel_at_period_end: false, trial_end: null, schedule: null, latest_invoice: null, items: item('price_team'), ...given,
})
const ofPrice = (price: string): PlanName | null => ({ price_team: 'team', price_business: 'business' } as const)[price] ?? null
const at = (seconds: number): Date => new Date(seconds * 1000)

test.each<[string, Partial<StripeSubscription>, object]>([
  ['paid for', {}, { plan: 'team', status: 'active', nextPlan: null, periodEndsAt: at(5_000) }],
  ['tried out', { status: 'trialing', trial_end: 3_000 }, { status: 'trialing', trialEndsAt: at(3_000) }],
  ['owed since its invoice', { status: 'past_due', latest_invoice: { created: 4_000 } }, { status: 'past_due', pastDueSince: at(4_000) }],
  ['given up by Stripe and still owed', { status: 'unpaid', latest_invoice: 'in_1' }, { status: 'past_due', pastDueSince: at(1_000) }],
  ['ending with its period', { cancel_at_period_end: true }, { status: 'active', plan: 'team', nextPlan: 'free', periodEndsAt: at(5_000) }],
  ['another plan next', { items: item('price_business'), schedule: { id: 's', phases: [{ start_date: 1_000, items: [{ price: 'price_business' }] }, { start_date: 5_000, items: [{ price: { id: 'price_team' } }] }] } }, { plan: 'business', nextPlan: 'team' }],
  ['the same plan next', { schedule: { id: 's', phases: [{ start_date: 5_000, items: [{ price: 'price_team' }] }] } }, { plan: 'team', nextPlan: null }],
  ['cancelled', { status: 'canceled', latest_invoice: { created: 4_000 } }, { status: 'ended', pastDueSince: null, nextPlan: null }],
  ['never paid', { status: 'incomplete_expired' }, { status: 'ended' }],
  ['not gone on with after a trial', { status: 'paused', trial_end: 3_000 }, { status: 'ended', trialEndsAt: null }],
])('%s', (_, given, expected) => { expect(billedOf([sub(given)], ofPrice)).toMatchObject(expected) })

test('nobody who never subscribed has a state; a price of no plan is told to whoever runs the installation', () => {
  expect(billedOf([], ofPrice)).toBeNull()
  expect(() => billedOf([sub({ items: item('price_gold') })], ofPrice)).toThrow(/price_gold.*STRIPE_PRICES/)
})

test('of several the one that goes on counts, then the newest, whatever order they come in', () => {
  const all = [sub({ id: 'a', status: 'canceled', created: 9_000 }), sub({ id: 'b', created: 2_000, items: item('price_business') }), sub({ id: 'c', created: 1_000 }), sub({ id: 'd', status: 'incomplete', created: 8_000 })]
  fc.assert(fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => { expect(billedOf(shuffled, ofPrice)).toMatchObject({ plan: 'business', subscriptionRef: 'b' }) }))
})

test.each<[PlanName, PlanName, boolean]>([['business', 'team', true], ['team', 'business', false], ['team', 'free', true], ['team', 'team', false]])('%s is more than %s: %s', (plan, than, more) => {
  expect(isMore(plan, than)).toBe(more)
})
