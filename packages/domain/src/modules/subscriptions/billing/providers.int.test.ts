import type { OrgId, PlanName } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administrator, codes, ending, openPlans, type PlansHouse } from '../subscriptions.testkit.ts'
import { messageOf, startFakeStripe } from './stripe.testkit.ts'
import type { StripeSubscription } from './stripe-state.ts'

const DAY = 86_400_000
type Said = { readonly plan: 'team' | 'business'; readonly trialEndsAt?: Date; readonly unpaidSince?: Date; readonly next?: { readonly plan: PlanName; readonly at: Date } }
type Stripe = Awaited<ReturnType<typeof startFakeStripe>>

let house: PlansHouse
let stripe: Stripe
beforeAll(async () => {
  stripe = await startFakeStripe()
  house = await openPlans({ payments: stripe.service, defaultPlan: 'free' })
})
afterAll(async () => {
  await house.close()
  await stripe.close()
})

const seconds = (at: Date | undefined): number | null => (at === undefined ? null : Math.floor(at.getTime() / 1000))
/** Whole seconds, as Stripe has them. */
const now = Math.floor(Date.now() / 1000) * 1000
const days = (n: number): Date => new Date(now + n * DAY)

function subscriptionOf({ plan, trialEndsAt, unpaidSince, next }: Said): StripeSubscription {
  const end = seconds(next?.at ?? days(20)) ?? 0
  const status = unpaidSince === undefined ? trialEndsAt === undefined ? 'active' : 'trialing' : 'past_due'
  return {
    id: 'sub_1', status, created: 1_000, cancel_at_period_end: next?.plan === 'free', trial_end: seconds(trialEndsAt),
    latest_invoice: unpaidSince === undefined ? null : { created: seconds(unpaidSince) ?? 0 }, items: { data: [{ id: 'si_1', price: { id: `price_${plan}` }, current_period_end: end }] },
    schedule: next === undefined || next.plan === 'free' ? null : { id: 'sch_1', phases: [{ start_date: 1, items: [{ price: `price_${plan}` }] }, { start_date: end, items: [{ price: `price_${next.plan}` }] }] },
  }
}

/** The organization's plan becomes what is said: by an administrator, or at Stripe, which tells of it. */
const worlds: Readonly<Record<string, (orgId: OrgId, owner: Actor) => Promise<(said: Said) => Promise<unknown>>>> = {
  manual: (orgId) => Promise.resolve((said: Said) => house.setPlan(administrator, { orgId, ...said })),
  stripe: async (orgId, owner) => {
    await house.as(owner).subscriptions.checkout({ plan: 'team' })
    return async (said) => {
      stripe.there.set(`cus_${orgId}`, [subscriptionOf(said)])
      await house.receive(messageOf(`cus_${orgId}`))
    }
  },
}

async function open(provider: string) {
  const { owner, org } = await house.org()
  const say = await worlds[provider]?.(org.id, owner)
  if (say === undefined) throw new Error(`there is no ${provider}`)
  return { owner, say, shown: () => house.current(owner), upload: async () => codes([await ending(house.upload(owner))], 'ok') === 1 }
}
const later = async <T>(n: number, work: () => Promise<T>): Promise<T> => {
  house.setAhead(n * DAY)
  try {
    return await work()
  } finally {
    house.setAhead(0)
  }
}

describe.each(Object.keys(worlds))('by %s', (provider) => {
  test('a trial is its plan until it is over, then free; paid for, it stays', async () => {
    const { say, shown } = await open(provider)
    expect(await shown()).toMatchObject({ plan: 'free', status: 'active' })
    await say({ plan: 'team', trialEndsAt: days(10) })
    expect(await shown()).toMatchObject({ plan: 'team', status: 'trialing', provider, trialEndsAt: days(10).toISOString() })
    expect(await later(11, shown)).toMatchObject({ plan: 'free' })
    await say({ plan: 'team' })
    expect(await later(11, shown)).toMatchObject({ plan: 'team', status: 'active' })
  })

  test('more holds at once; less holds from the next period on, and what is above it is kept while nothing is added', async () => {
    const { owner, say, shown, upload } = await open(provider)
    await say({ plan: 'team' })
    await say({ plan: 'business' })
    expect(await shown()).toMatchObject({ plan: 'business' })
    await house.as(owner).webhooks.endpoints.create({ url: 'https://hooks.example.org/1' })
    await house.as(owner).webhooks.endpoints.create({ url: 'https://hooks.example.org/2' })
    await say({ plan: 'business', next: { plan: 'team', at: days(5) } })
    expect([await shown(), await later(4, shown), await later(6, shown)]).toMatchObject([{ plan: 'business', nextPlan: 'team' }, { plan: 'business' }, { plan: 'team' }])
    await say({ plan: 'business', next: { plan: 'free', at: days(5) } })
    const one = () => ending(house.as(owner).webhooks.endpoints.create({ url: 'https://hooks.example.org/3' }))
    expect(await later(6, async () => [codes([await one()], 'quota.exceeded'), (await house.as(owner).webhooks.endpoints.list({})).items.length, await upload()])).toEqual([1, 2, true])
  })

  test('a payment that failed leaves all as it is for the grace of the plan, then nothing is added until it is made', async () => {
    const { say, shown, upload } = await open(provider)
    await say({ plan: 'team', unpaidSince: days(-10) })
    expect([await upload(), await shown()]).toMatchObject([true, { plan: 'team', status: 'past_due', readOnly: false, readOnlyFrom: days(4).toISOString() }])
    expect(await later(5, async () => [(await shown()).readOnly, await upload()])).toEqual([true, false])
    await say({ plan: 'team' })
    expect(await later(5, async () => [(await shown()).readOnly, await upload()])).toEqual([false, true])
  })

  test('an end that is planned comes with the period, unless it is taken back', async () => {
    const { say, shown } = await open(provider)
    await say({ plan: 'team', next: { plan: 'free', at: days(5) } })
    expect([await shown(), await later(6, shown)]).toMatchObject([{ plan: 'team', nextPlan: 'free', periodEndsAt: days(5).toISOString() }, { plan: 'free' }])
    await say({ plan: 'team' })
    expect([await shown(), await later(6, shown)]).toMatchObject([{ plan: 'team', nextPlan: null }, { plan: 'team' }])
  })
})
