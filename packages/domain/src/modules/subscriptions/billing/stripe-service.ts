import type { SoldPlan } from '@intellidocs/contracts'
import { AppError, type Config } from '@intellidocs/kernel'
import Stripe from 'stripe'
import type { PaymentService } from './billing.types.ts'
import { billedOf, presentOf, type StripeSubscription } from './stripe-state.ts'

/** How old a message may be, in seconds. */
const TOLERANCE = 300
const [TRIES, TIMEOUT_MS] = [2, 10_000]
/** Before the first payment, once for a customer. */
const TRIAL_DAYS = 14

type Wanted = NonNullable<Config['stripe']> & {
  /** Where somebody comes back to. */
  readonly publicUrl: string
  /** Another server than Stripe's own, for tests. */
  readonly server?: { readonly host: string; readonly port: number; readonly protocol: 'http' | 'https' }
}

/** What went wrong on the way, or there: to be tried again, and told with its cause in the log. */
async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) throw new AppError('service.unavailable', { cause: error })
    throw error
  }
}

const EXPANDED = ['data.schedule', 'data.latest_invoice']

async function subscriptionsOf(stripe: Stripe, customer: string): Promise<StripeSubscription[]> {
  const { data } = await stripe.subscriptions.list({ customer, status: 'all', limit: 20, expand: EXPANDED })
  return data
}

async function present(stripe: Stripe, customer: string): Promise<StripeSubscription> {
  const found = presentOf(await subscriptionsOf(stripe, customer))
  if (found === null) throw new AppError('billing.none')
  return found
}

const scheduleIdOf = ({ schedule }: StripeSubscription): string | null => (typeof schedule === 'string' ? schedule : schedule?.id ?? null)

/** A subscription that a schedule drives cannot be changed past it. */
async function release(stripe: Stripe, found: StripeSubscription): Promise<void> {
  const id = scheduleIdOf(found)
  if (id !== null) await stripe.subscriptionSchedules.release(id)
}

async function changeNow(stripe: Stripe, found: StripeSubscription, price: string): Promise<void> {
  await release(stripe, found)
  const items = found.items.data.slice(0, 1).map(({ id }) => ({ id, price }))
  await stripe.subscriptions.update(found.id, { items, proration_behavior: 'create_prorations', cancel_at_period_end: false })
}

async function changeNext(stripe: Stripe, found: StripeSubscription, price: string): Promise<void> {
  await release(stripe, found)
  const schedule = await stripe.subscriptionSchedules.create({ from_subscription: found.id })
  const [item, phase] = [found.items.data[0], schedule.phases[0]]
  if (item === undefined || phase === undefined) throw new Error(`the subscription ${found.id} has no item to be changed`)
  await stripe.subscriptionSchedules.update(schedule.id, {
    end_behavior: 'release', phases: [
      { items: [{ price: item.price.id, quantity: 1 }], start_date: phase.start_date, end_date: item.current_period_end },
      { items: [{ price, quantity: 1 }], proration_behavior: 'none' },
    ],
  })
}

/** Stripe, behind the port. */
export function createStripeService({ secretKey, webhookSecret, prices, publicUrl, server }: Wanted): PaymentService {
  const stripe = new Stripe(secretKey, { maxNetworkRetries: TRIES, timeout: TIMEOUT_MS, telemetry: false, ...server })
  const priceOf = (plan: SoldPlan): string => prices[plan]
  const planOfPrice = (price: string): SoldPlan | null => (price === prices.team ? 'team' : price === prices.business ? 'business' : null)
  const back = new URL('/', publicUrl).href
  return {
    customerOf: (orgId) => reached(async () => (await stripe.customers.create({ metadata: { orgId } }, { idempotencyKey: `customer-${orgId}` })).id),
    checkout: ({ orgId, customerRef, plan }) => reached(async () => {
      const fresh = (await subscriptionsOf(stripe, customerRef)).length === 0
      const { url } = await stripe.checkout.sessions.create({
        mode: 'subscription', customer: customerRef, client_reference_id: orgId, line_items: [{ price: priceOf(plan), quantity: 1 }], success_url: back, cancel_url: back,
        ...(fresh ? { subscription_data: { trial_period_days: TRIAL_DAYS } } : {}),
      })
      if (url === null) throw new AppError('service.unavailable')
      return url
    }),
    portal: (customerRef) => reached(async () => (await stripe.billingPortal.sessions.create({ customer: customerRef, return_url: back })).url),
    change: ({ customerRef, plan, when }) => reached(async () => {
      const found = await present(stripe, customerRef)
      await (when === 'now' ? changeNow : changeNext)(stripe, found, priceOf(plan))
    }),
    end: ({ customerRef, ends }) => reached(async () => {
      const found = await present(stripe, customerRef)
      await release(stripe, found)
      await stripe.subscriptions.update(found.id, { cancel_at_period_end: ends })
    }),
    stateOf: (customerRef) => reached(async () => billedOf(await subscriptionsOf(stripe, customerRef), planOfPrice)),
    read({ body, signature, at }) {
      try {
        const { id, data: { object } } = stripe.webhooks.constructEvent(body, signature, webhookSecret, TOLERANCE, undefined, at.getTime())
        const customer: unknown = 'customer' in object ? object.customer : null
        return { id, customerRef: typeof customer === 'string' ? customer : null }
      } catch (error) {
        throw new AppError('billing.signature', { cause: error })
      }
    },
  }
}
