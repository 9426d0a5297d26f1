import { planNames, type PlanName } from '@intellidocs/contracts'
import type { Billed } from './billing.types.ts'

type Price = string | { readonly id: string }
/** What is read of a subscription as Stripe has it; times are seconds. */
export type StripeSubscription = {
  readonly id: string
  readonly status: string
  readonly created: number
  readonly cancel_at_period_end: boolean
  readonly trial_end: number | null
  readonly items: { readonly data: readonly { readonly id: string; readonly price: { readonly id: string }; readonly current_period_end: number }[] }
  readonly schedule: string | null | { readonly id: string; readonly phases: readonly { readonly start_date: number; readonly items: readonly { readonly price: Price }[] }[] }
  readonly latest_invoice: string | null | { readonly created: number }
}

/** Of a price. Null: none of the installation's. */
export type PlanOfPrice = (price: string) => PlanName | null

/** `incomplete` was never paid, `paused` is a trial that nobody went on with. */
const over: ReadonlySet<string> = new Set(['canceled', 'incomplete', 'incomplete_expired', 'paused'])
const moment = (seconds: number): Date => new Date(seconds * 1000)

function planOf(price: Price, ofPrice: PlanOfPrice): PlanName {
  const id = typeof price === 'string' ? price : price.id
  const plan = ofPrice(id)
  // Told to whoever runs the installation: somebody pays for what it does not know.
  if (plan === null) throw new Error(`the price ${id} belongs to no plan: see STRIPE_PRICES`)
  return plan
}

/** What holds from the next period on, where something else was planned. */
function nextOf(found: StripeSubscription, endsAt: number, ofPrice: PlanOfPrice): PlanName | null {
  if (found.cancel_at_period_end) return 'free'
  if (found.schedule === null || typeof found.schedule === 'string') return null
  const price = found.schedule.phases.find(({ start_date }) => start_date >= endsAt)?.items[0]?.price
  return price === undefined ? null : planOf(price, ofPrice)
}

/** The one that counts of several: what is not over before what is, then the newest. The same whatever order they come in. */
export function presentOf(all: readonly StripeSubscription[]): StripeSubscription | null {
  const [first] = all.toSorted((a, b) => Number(over.has(a.status)) - Number(over.has(b.status)) || b.created - a.created || (a.id < b.id ? 1 : -1))
  return first ?? null
}

/**
 * What the subscriptions of a customer come to, by what they are now and nothing else. An invoice that was not paid is owed since it was made.
 * Throws for a price that belongs to no plan.
 */
export function billedOf(all: readonly StripeSubscription[], ofPrice: PlanOfPrice): Billed | null {
  const found = presentOf(all)
  const item = found?.items.data[0]
  if (found === null || item === undefined) return null
  const plan = planOf(item.price, ofPrice)
  const base = { plan, subscriptionRef: found.id, nextPlan: null, periodEndsAt: null, trialEndsAt: null, pastDueSince: null }
  if (over.has(found.status)) return { ...base, status: 'ended' }
  const next = nextOf(found, item.current_period_end, ofPrice)
  const live = { ...base, nextPlan: next === plan ? null : next, periodEndsAt: moment(item.current_period_end) }
  if (found.status === 'trialing' && found.trial_end !== null) return { ...live, status: 'trialing', trialEndsAt: moment(found.trial_end) }
  if (found.status !== 'past_due' && found.status !== 'unpaid') return { ...live, status: 'active' }
  const owed = found.latest_invoice !== null && typeof found.latest_invoice !== 'string' ? found.latest_invoice.created : found.created
  return { ...live, status: 'past_due', pastDueSince: moment(owed) }
}

/** Whether a plan gives more than another one. */
export const isMore = (plan: PlanName, than: PlanName): boolean => planNames.indexOf(plan) > planNames.indexOf(than)
