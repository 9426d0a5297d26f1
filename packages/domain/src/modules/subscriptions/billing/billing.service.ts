import type { OrgId, SoldPlan, subscriptionsContract } from '@intellidocs/contracts'
import { AppError, newId, systemActor, type Actor, type Log } from '@intellidocs/kernel'
import type { z } from 'zod'
import { entitledTo } from '../entitled.ts'
import type { SubscriptionsDeps } from '../subscriptions.deps.ts'
import { showCurrent } from '../subscriptions.service.ts'
import type { BillingRepository, Customer } from './billing.repository.ts'
import type { PaymentService } from './billing.types.ts'
import { isMore } from './stripe-state.ts'

export type BillingDeps = SubscriptionsDeps & {
  readonly billing: BillingRepository
  /** Null: an administrator of the installation sets plans. */
  readonly payments: PaymentService | null
  readonly log: Log
}
type Current = z.infer<typeof subscriptionsContract.current.output>

/**
 * How an organization pays for its plan. `billing.manual` where nothing is paid for; `auth.session_required` for a key; `billing.none` for an organization that
 * pays for none yet; `service.unavailable` where the payment service does not answer.
 */
export type BillingService = {
  checkout(actor: Actor, input: { plan: SoldPlan }): Promise<{ url: string | null; current: Current }>
  portal(actor: Actor): Promise<{ url: string }>
  cancel(actor: Actor): Promise<Current>
  reactivate(actor: Actor): Promise<Current>
  /** A message of the payment service. `billing.signature`; anything else it throws is to be sent again. */
  receive(message: { body: Buffer; signature: string }): Promise<void>
  /** Looks up what the payment service should have told by now. Answers of how many. */
  refresh(signal: AbortSignal): Promise<number>
}

const HOUR_MS = 3_600_000
const AT_ONCE = 200
/** So many in a row are the payment service being away, and not customers with something about them. */
const GIVE_UP_AFTER = 10

function paying({ payments }: BillingDeps, actor: Actor): PaymentService {
  if (actor.kind !== 'user') throw new AppError('auth.session_required')
  if (payments === null) throw new AppError('billing.manual')
  return payments
}

/**
 * Takes the state of a customer as it is now. What a message says is never looked at, only that there was one: so messages may come twice, late and in any
 * order. Who looks up takes a number first, and nobody writes over what somebody with a later number found: a state is written at last that was read after the
 * last message was sent.
 */
export async function syncCustomer(deps: BillingDeps, { orgId, customerRef }: Customer, eventId: string | null): Promise<void> {
  const { payments } = deps
  if (payments === null) throw new AppError('billing.manual')
  const actor = systemActor(orgId, newId())
  const ticket = await deps.runInTx(actor, (tx) => deps.billing.ticket(tx, orgId, eventId))
  if (ticket === null) return
  const billed = await payments.stateOf(customerRef)
  await deps.runInTx(actor, async (tx) => {
    const at = deps.clock.now()
    if (!await deps.subscriptions.lock(tx, orgId)) return
    if (eventId !== null) await deps.billing.noteEvent(tx, { orgId, eventId, at })
    const before = await deps.subscriptions.find(tx, orgId)
    if (billed === null || !await deps.billing.keep(tx, orgId, { billed, ticket, at })) return
    await deps.counters.forget(tx, orgId)
    const { plan, status, nextPlan } = billed
    if (before?.plan === plan && before.status === status && before.nextPlan === nextPlan && before.provider === 'stripe') return
    await deps.outbox.append(tx, actor, {
      type: 'subscriptions.plan-set.v1', payload: { plan }, audit: {
        subjectType: 'org', subjectId: orgId,
        data: { before: before === null ? null : { plan: before.plan, status: before.status, nextPlan: before.nextPlan }, after: { plan, status, nextPlan } },
      },
    })
  })
}

async function customerOf(deps: BillingDeps, actor: Actor, payments: PaymentService): Promise<Customer> {
  const { orgId } = actor
  const find = () => deps.runInTx(actor, (tx) => deps.billing.customerRef(tx, orgId))
  const known = await find()
  if (known !== null) return { orgId, customerRef: known }
  const made = await payments.customerOf(orgId)
  await deps.runInTx(actor, (tx) => deps.billing.keepCustomer(tx, { orgId, customerRef: made }, deps.installationPlan))
  return { orgId, customerRef: await find() ?? made }
}

async function payingCustomer(deps: BillingDeps, actor: Actor): Promise<Customer> {
  const customerRef = await deps.runInTx(actor, (tx) => deps.billing.customerRef(tx, actor.orgId))
  if (customerRef === null) throw new AppError('billing.none')
  return { orgId: actor.orgId, customerRef }
}

async function checkout(deps: BillingDeps, actor: Actor, plan: SoldPlan): Promise<{ url: string | null; current: Current }> {
  const payments = paying(deps, actor)
  const customer = await customerOf(deps, actor, payments)
  const find = () => deps.runInTx(actor, (tx) => deps.subscriptions.find(tx, actor.orgId))
  let facts = await find()
  if (facts?.provider !== 'stripe' || facts.status === 'ended') {
    const billed = await payments.stateOf(customer.customerRef)
    if (billed === null || billed.status === 'ended') return { url: await payments.checkout({ ...customer, plan }), current: await showCurrent(deps, actor) }
    // Paid for already, and not told yet: nobody pays twice.
    await syncCustomer(deps, customer, null)
    facts = await find()
  }
  const has = entitledTo(deps, facts, deps.clock.now()).plan
  if (plan !== has) await payments.change({ ...customer, plan, when: isMore(plan, has) ? 'now' : 'next' })
  await syncCustomer(deps, customer, null)
  return { url: null, current: await showCurrent(deps, actor) }
}

async function end(deps: BillingDeps, actor: Actor, ends: boolean): Promise<Current> {
  const payments = paying(deps, actor)
  const customer = await payingCustomer(deps, actor)
  await payments.end({ ...customer, ends })
  await syncCustomer(deps, customer, null)
  return showCurrent(deps, actor)
}

async function receive(deps: BillingDeps, { body, signature }: { body: Buffer; signature: string }): Promise<void> {
  const { payments } = deps
  if (payments === null) throw new AppError('procedure.not_found')
  const { id, customerRef } = payments.read({ body, signature, at: deps.clock.now() })
  if (customerRef === null) return
  const orgId: OrgId | null = await deps.runAsSystem((tx) => deps.billing.orgOf(tx, customerRef))
  // Somebody else's customer: the account at the payment service may serve more than this installation.
  if (orgId !== null) await syncCustomer(deps, { orgId, customerRef }, id)
}

async function refresh(deps: BillingDeps, signal: AbortSignal): Promise<number> {
  if (deps.payments === null) return 0
  const at = deps.clock.now()
  const due = await deps.runAsSystem((tx) => deps.billing.due(tx, { at, before: new Date(at.getTime() - HOUR_MS), limit: AT_ONCE }))
  let inARow = 0
  for (const customer of due) {
    if (signal.aborted) break
    const { orgId } = customer
    try {
      await deps.runInTx(systemActor(orgId, newId()), (tx) => deps.billing.noteLook(tx, orgId, at))
      await syncCustomer(deps, customer, null)
      inARow = 0
    } catch (error) {
      if (++inARow >= GIVE_UP_AFTER) throw new Error(`${inARow} customers in a row could not be looked up`, { cause: error })
      deps.log.warn({ err: error, orgId }, 'a customer could not be looked up; it comes again')
    }
  }
  return due.length
}

export const createBillingService = (deps: BillingDeps): BillingService => ({
  checkout: (actor, { plan }) => checkout(deps, actor, plan),
  async portal(actor) {
    const payments = paying(deps, actor)
    return { url: await payments.portal((await payingCustomer(deps, actor)).customerRef) }
  },
  cancel: (actor) => end(deps, actor, true),
  reactivate: (actor) => end(deps, actor, false),
  receive: (message) => receive(deps, message),
  refresh: (signal) => refresh(deps, signal),
})
