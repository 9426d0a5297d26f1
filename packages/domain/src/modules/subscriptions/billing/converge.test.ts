import { createLog, createOutbox, type RunInTx, type Tx } from '@intellidocs/kernel'
import type { OrgId, PlanName } from '@intellidocs/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countersRepository } from '../counters.repository.ts'
import { rollupsRepository } from '../rollups.repository.ts'
import { subscriptionsRepository, type StoredSubscription } from '../subscriptions.repository.ts'
import { billingRepository } from './billing.repository.ts'
import { syncCustomer, type BillingDeps } from './billing.service.ts'
import type { Billed } from './billing.types.ts'
import { billedOf, type StripeSubscription } from './stripe-state.ts'

/** What becomes of a subscription: a trial, paid for, more of it, a payment that fails, and the end planned. */
const base: StripeSubscription = {
  id: 'sub_1', status: 'trialing', created: 1_000, cancel_at_period_end: false, trial_end: 2_000, schedule: null, latest_invoice: null,
  items: { data: [{ id: 'si_1', price: { id: 'price_team' }, current_period_end: 2_000 }] },
}
const more = { data: [{ id: 'si_1', price: { id: 'price_business' }, current_period_end: 5_000 }] }
const history: StripeSubscription[] = [
  base, { ...base, status: 'active', trial_end: null }, { ...base, status: 'active', trial_end: null, items: more },
  { ...base, status: 'past_due', trial_end: null, items: more, latest_invoice: { created: 3_000 } }, { ...base, status: 'active', trial_end: null, items: more, cancel_at_period_end: true },
]
const ofPrice = (price: string): PlanName | null => ({ price_team: 'team', price_business: 'business' } as const)[price] ?? null
const states = history.map((state) => billedOf([state], ofPrice)).filter((state): state is Billed => state !== null)
const END = { plan: 'business', status: 'active', nextPlan: 'free', periodEndsAt: new Date(5_000_000) }

type Pause = (name: string) => Promise<void>

/** The rows of one organization, and the payment service, both in memory; units and calls over the network take turns as `pause` says. */
function openWorld(pause: Pause) {
  const row = { asked: 0n, told: 0n, stored: null as StoredSubscription | null, events: new Set<string>() }
  const remote = { at: 0 }
  const looked = { up: 0 }
  // One after the other, as under the lock of the plan.
  let last: Promise<unknown> = Promise.resolve()
  const runInTx: RunInTx = (_actor, work) => {
    const turn = last.then(() => pause('unit')).then(() => work({} as Tx))
    last = turn.catch(() => undefined)
    return turn
  }
  const outbox = { ...createOutbox(), append: () => Promise.resolve() }
  const deps: BillingDeps = {
    runInTx, runAsSystem: (work) => work({} as Tx), outbox, clock: { now: () => new Date(0) }, installationPlan: 'free', log: createLog({ level: 'silent', name: 'test' }), rollups: rollupsRepository,
    counters: { ...countersRepository, forget: () => Promise.resolve() },
    subscriptions: { ...subscriptionsRepository, lock: () => Promise.resolve(true), find: () => Promise.resolve(row.stored) },
    billing: {
      ...billingRepository,
      ticket: (_tx, _org, eventId) => Promise.resolve(eventId !== null && row.events.has(eventId) ? null : (row.asked += 1n)),
      noteEvent: (_tx, { eventId }) => { row.events.add(eventId); return Promise.resolve() },
      keep: (_tx, _org, { billed, ticket }) => {
        if (row.told >= ticket) return Promise.resolve(false)
        row.told = ticket
        row.stored = { ...billed, overrides: {}, provider: 'stripe' }
        return Promise.resolve(true)
      },
    },
    payments: {
      customerOf: () => Promise.resolve('cus_1'), checkout: () => Promise.resolve(''), portal: () => Promise.resolve(''), change: () => Promise.resolve(),
      end: () => Promise.resolve(), read: () => ({ id: '', customerRef: null }),
      async stateOf() {
        looked.up += 1
        await pause('on the way there')
        const found = states[remote.at] ?? null
        await pause('on the way back')
        return found
      },
    },
  }
  return { row, remote, looked, tell: (event: string) => syncCustomer(deps, { orgId: 'org' as OrgId, customerRef: 'cus_1' }, event) }
}

const ordersOf = (left: readonly number[]): number[][] => (left.length === 0 ? [[]] : left.flatMap((one) => ordersOf(left.filter((other) => other !== one)).map((rest) => [one, ...rest])))

test('all 120 orders of five events, each of them twice, end in the same plan, and each event is worked through once', async () => {
  const orders = ordersOf([0, 1, 2, 3, 4])
  expect(orders).toHaveLength(120)
  for (const order of orders) {
    const world = openWorld(() => Promise.resolve())
    world.remote.at = 4
    for (const event of [...order, ...order.toReversed()]) await world.tell(`evt_${event}`)
    expect([world.row.stored, world.looked.up]).toMatchObject([END, 5])
  }
})

test('events that come late, twice and while others are worked through end in the plan as it is, however they take turns', async () => {
  await fc.assert(fc.asyncProperty(fc.scheduler(), fc.array(fc.nat({ max: 4 }), { maxLength: 5 }), async (scheduler, again) => {
    const world = openWorld((name) => scheduler.schedule(Promise.resolve(), name))
    const told: Promise<unknown>[] = []
    const deliver = (event: number) => told.push(scheduler.schedule(Promise.resolve(), `event ${event} is delivered`).then(() => world.tell(`evt_${event}`)))
    const { task } = scheduler.scheduleSequence(states.map((_, at) => ({
      label: `change ${at}`,
      builder: () => {
        world.remote.at = at
        deliver(at)
        again.filter((event) => event === at).forEach(deliver)
        return Promise.resolve()
      },
    })))
    await scheduler.waitFor(task)
    await scheduler.waitFor(Promise.all(told))
    expect(world.row.stored).toMatchObject(END)
  }), { numRuns: 300 })
})
