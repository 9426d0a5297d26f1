import type { OrgId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { administrator, openPlans, type PlansHouse } from '../subscriptions.testkit.ts'
import type { PaymentService } from './billing.types.ts'
import { findStripeMock, messageOf, startFakeStripe, startStripeMock } from './stripe.testkit.ts'
import type { StripeSubscription } from './stripe-state.ts'

let house: PlansHouse
let stripe: Awaited<ReturnType<typeof startFakeStripe>>
let a: TestOrg
let customer: string
beforeAll(async () => {
  stripe = await startFakeStripe()
  house = await openPlans({ payments: stripe.service, defaultPlan: 'free' })
})
afterAll(async () => {
  await house.close()
  await stripe.close()
})
beforeEach(async () => {
  a = await house.org()
  customer = `cus_${a.org.id}`
  stripe.asked.length = 0
})

const api = () => house.as(a.owner).subscriptions
const soon = Math.floor(Date.now() / 1000) + 20 * 86_400
const team: StripeSubscription = {
  id: 'sub_1', status: 'active', created: 1_000, cancel_at_period_end: false, trial_end: null, schedule: null, latest_invoice: null,
  items: { data: [{ id: 'si_1', price: { id: 'price_team' }, current_period_end: soon }] },
}
const atStripe = (given: Partial<StripeSubscription> = {}) => { stripe.there.set(customer, [{ ...team, ...given }]) }
const told = () => house.rows(`select payload->>'plan' as plan from event where org_id = $1 and type = 'subscriptions.plan-set.v1' order by id`, [a.org.id])

test('who begins to pay is sent to Stripe as one customer, also twice at once, and has the plan once Stripe has told of it', async () => {
  const [first, second] = await Promise.all([api().checkout({ plan: 'team' }), api().checkout({ plan: 'team' })])
  expect([first.url, second.url, first.current.plan]).toEqual(['https://checkout.stripe.com/c/pay/1', 'https://checkout.stripe.com/c/pay/1', 'free'])
  expect(await house.rows('select customer_ref from subscription where org_id = $1', [a.org.id])).toEqual([{ customer_ref: customer }])
  atStripe()
  await house.receive(messageOf(customer))
  expect([await api().current(), await told()]).toMatchObject([{ plan: 'team', provider: 'stripe' }, [{ plan: 'team' }]])
})

test('more is changed at once by the day, less by a schedule; an end is planned and taken back', async () => {
  await api().checkout({ plan: 'team' })
  atStripe()
  await house.receive(messageOf(customer))
  stripe.asked.length = 0
  expect((await api().checkout({ plan: 'business' })).url).toBeNull()
  atStripe({ items: { data: [{ id: 'si_1', price: { id: 'price_business' }, current_period_end: soon }] } })
  await house.receive(messageOf(customer))
  expect((await api().checkout({ plan: 'team' })).url).toBeNull()
  expect(stripe.asked).toEqual(['/v1/subscriptions/sub_1', '/v1/subscription_schedules', '/v1/subscription_schedules/of%20no%20matter'])
  atStripe({ cancel_at_period_end: true })
  expect(await api().cancel()).toMatchObject({ plan: 'team', nextPlan: 'free' })
  atStripe()
  expect(await api().reactivate()).toMatchObject({ plan: 'team', nextPlan: null })
  expect(await api().portal()).toEqual({ url: 'https://billing.stripe.com/p/session/1' })
})

describe('a message', () => {
  beforeEach(async () => {
    await api().checkout({ plan: 'team' })
    atStripe()
  })

  test.each<[string, (message: { body: Buffer; signature: string }) => { body: Buffer; signature: string }]>([
    ['signed with another secret', () => messageOf(customer, { secret: 'whsec_of_somebody' })], ['whose bytes were changed', ({ body, signature }) => ({ body: Buffer.from(body.toString().replace('sub_1', 'sub_2')), signature })],
    ['older than 300 seconds', () => messageOf(customer, { at: new Date(Date.now() - 302_000) })], ['without a signature', ({ body }) => ({ body, signature: '' })],
  ])('%s is refused, and nothing happened', async (_, changed) => {
    await expect(house.receive(changed(messageOf(customer)))).rejects.toMatchObject({ code: 'billing.signature' })
    expect([await told(), await house.rows('select id from billing_event where org_id = $1', [a.org.id])]).toEqual([[], []])
  })

  test('that comes five times at once is worked through once, and told once', async () => {
    const message = messageOf(customer, { at: new Date(Date.now() - 290_000) })
    await Promise.all([1, 2, 3, 4, 5].map(() => house.receive(message)))
    await house.receive(message)
    expect([await told(), await house.rows('select id from billing_event where org_id = $1', [a.org.id])]).toEqual([[{ plan: 'team' }], [{ id: message.id }]])
  })

  test('about somebody who is no customer here is taken and changes nothing', async () => {
    await house.receive(messageOf('cus_of_another_installation'))
    expect(await told()).toEqual([])
  })
})

test('what Stripe should have told by now is looked up', async () => {
  await api().checkout({ plan: 'team' })
  atStripe({ status: 'trialing', trial_end: Math.floor(Date.now() / 1000) - 10 })
  await house.receive(messageOf(customer))
  expect(await api().current()).toMatchObject({ plan: 'free', status: 'trialing' })
  atStripe()
  house.setAhead(2 * 3_600_000)
  try {
    expect(await house.refresh(new AbortController().signal)).toBeGreaterThan(0)
  } finally {
    house.setAhead(0)
  }
  expect(await api().current()).toMatchObject({ plan: 'team', status: 'active' })
})

test('who paid and of whom nothing was told has the plan at the next look, and whoever cannot be looked up keeps nobody waiting', async () => {
  await api().checkout({ plan: 'team' })
  atStripe({ items: { data: [{ id: 'si_1', price: { id: 'price_of_somebody' }, current_period_end: soon }] } })
  const [bad, b] = [customer, await house.org()]
  await house.as(b.owner).subscriptions.checkout({ plan: 'team' })
  stripe.there.set(`cus_${b.org.id}`, [team])
  house.setAhead(2 * 3_600_000)
  try {
    await house.refresh(new AbortController().signal)
    expect(await house.current(b.owner)).toMatchObject({ plan: 'team', provider: 'stripe' })
    expect(await house.refresh(new AbortController().signal)).toBe(0)
  } finally {
    house.setAhead(0)
    stripe.there.delete(bad)
  }
})

test('who paid and was not told of it yet is not sent to pay again', async () => {
  await api().checkout({ plan: 'team' })
  atStripe()
  stripe.asked.length = 0
  expect(await api().checkout({ plan: 'team' })).toMatchObject({ url: null, current: { plan: 'team', provider: 'stripe' } })
  expect(stripe.asked).toEqual([])
})

test('a further bill that is not paid gives no new grace; one that comes after all was paid does', async () => {
  await api().checkout({ plan: 'team' })
  const owing = async (created: number) => {
    atStripe({ status: 'past_due', latest_invoice: { created } })
    await house.receive(messageOf(customer))
    return (await api().current()).readOnlyFrom
  }
  const [first, second] = [Math.floor(Date.now() / 1000) - 10 * 86_400, Math.floor(Date.now() / 1000)]
  const since = await owing(first)
  expect(await owing(second)).toBe(since)
  atStripe()
  await house.receive(messageOf(customer))
  expect(Date.parse(await owing(second) ?? '') - Date.parse(since ?? '')).toBe(10 * 86_400_000)
})

test('an administrator does not set the plan of who pays; a key neither pays nor ends', async () => {
  await api().checkout({ plan: 'team' })
  atStripe()
  await house.receive(messageOf(customer))
  await expect(house.setPlan(administrator, { orgId: a.org.id, plan: 'own' })).rejects.toMatchObject({ code: 'billing.provider' })
  stripe.asked.length = 0
  const key = house.as({ ...a.owner, kind: 'apiKey' }).subscriptions
  for (const ask of [() => key.checkout({ plan: 'business' }), () => key.portal(), () => key.cancel(), () => key.reactivate()]) await expect(ask()).rejects.toMatchObject({ cause: { code: 'auth.session_required' } })
  expect([stripe.asked, (await api().current()).plan]).toEqual([[], 'team'])
})

test('the plan an administrator gives after the end of what was paid for stays, whatever is told of that end; what is bought then holds', async () => {
  await api().checkout({ plan: 'team' })
  atStripe()
  await house.receive(messageOf(customer))
  atStripe({ status: 'canceled' })
  await house.receive(messageOf(customer))
  expect(await api().current()).toMatchObject({ plan: 'free', provider: 'stripe', status: 'ended' })
  await house.setPlan(administrator, { orgId: a.org.id, plan: 'business' })
  await house.receive(messageOf(customer))
  expect(await api().current()).toMatchObject({ plan: 'business', provider: 'manual', status: 'active' })
  atStripe({ id: 'sub_2' })
  await house.receive(messageOf(customer))
  expect(await api().current()).toMatchObject({ plan: 'team', provider: 'stripe', status: 'active' })
})

test('what was agreed on a plan that an administrator gave does not hold for the same plan when it is bought', async () => {
  await house.setPlan(administrator, { orgId: a.org.id, plan: 'team', overrides: { documents: 1_000_000 } })
  await api().checkout({ plan: 'team' })
  expect(await api().current()).toMatchObject({ plan: 'team', provider: 'manual', overrides: { documents: 1_000_000 } })
  atStripe()
  await house.receive(messageOf(customer))
  expect(await api().current()).toMatchObject({ plan: 'team', provider: 'stripe', overrides: {} })
})

describe('an organization that is deleted', () => {
  const follow = (type: 'orgs.deleted.v1' | 'orgs.undeleted.v1') => house.subscribers[0]?.handle({
    id: 1n, orgId: a.org.id, actorId: a.owner.userId, at: new Date(), type, payload: {} } as never, new AbortController().signal)
  const stands = (status: 'deleting' | 'active') => house.rows(
    `update org set status = $2, purge_at = case when $2 = 'deleting' then now() + interval '30 days' end where id = $1`, [a.org.id, status])
  const ends = () => stripe.there.get(customer)?.[0]?.cancel_at_period_end
  beforeEach(async () => {
    await api().checkout({ plan: 'team' })
    // Of its own, as all share one server.
    atStripe({ id: `sub_${a.org.id}` })
    await house.receive(messageOf(customer))
  })

  test('is paid for no longer, and again when that is taken back, whichever event comes first and however often', async () => {
    await stands('deleting')
    for (const type of ['orgs.deleted.v1', 'orgs.deleted.v1', 'orgs.undeleted.v1'] as const) await follow(type)
    expect([ends(), await api().current()]).toMatchObject([true, { plan: 'team', nextPlan: 'free' }])
    await stands('active')
    for (const type of ['orgs.undeleted.v1', 'orgs.deleted.v1'] as const) await follow(type)
    expect([ends(), await api().current()]).toMatchObject([false, { plan: 'team', nextPlan: null }])
  })

  test('keeps the notice that was its own when the deletion is taken back', async () => {
    await api().cancel()
    await stands('deleting')
    await follow('orgs.deleted.v1')
    await stands('active')
    await follow('orgs.undeleted.v1')
    expect([ends(), await api().current()]).toMatchObject([true, { nextPlan: 'free' }])
  })

  test('that pays for nothing any more has nothing ended', async () => {
    atStripe({ id: `sub_${a.org.id}`, status: 'canceled' })
    stripe.asked.length = 0
    await stands('deleting')
    await follow('orgs.deleted.v1')
    expect(stripe.asked).toEqual([])
  })
})

test('who pays for nothing has nothing to end', async () => {
  for (const ask of [() => api().cancel(), () => api().reactivate(), () => api().portal()]) await expect(ask()).rejects.toMatchObject({ cause: { code: 'billing.none' } })
})

const binary = findStripeMock()
if (binary === null) console.warn('NOT TESTED: requests to Stripe. No stripe-mock in the cache or on the path, and no Go to build it with.')
describe.runIf(binary !== null)("against Stripe's own description of its API", () => {
  let mock: Awaited<ReturnType<typeof startStripeMock>>
  let service: PaymentService
  beforeAll(async () => {
    mock = await startStripeMock(binary ?? '')
    service = mock.service
  })
  afterAll(() => mock.close())

  test('every request is one that Stripe takes', async () => {
    const orgId = newId() as OrgId
    const customerRef = await service.customerOf(orgId)
    expect(customerRef).toMatch(/^cus_/)
    expect(await service.checkout({ orgId, customerRef, plan: 'team' })).toMatch(/^https:/)
    expect(await service.portal(customerRef)).toMatch(/^https:/)
    await service.change({ customerRef, plan: 'business', when: 'now' })
    await service.change({ customerRef, plan: 'team', when: 'next' })
    await service.end({ customerRef, ends: true })
    await service.end({ customerRef, ends: false })
    // Its subscription has a price of its own.
    await expect(service.stateOf(customerRef)).rejects.toThrow(/STRIPE_PRICES/)
  })
})
