import { z } from 'zod'
import { feature, meter, meters, overrides, plan, planName, type Meter } from './plans.ts'

const moment = z.iso.datetime()

/**
 * `used` so far: of what stands now, or of this month. `limit` null: none. `hard` is where the plan's grace ends and things are refused. `resetsAt` null:
 * what stands does not begin anew.
 */
const metered = z.strictObject({ used: z.int(), limit: z.int().nullable(), hard: z.int().nullable(), resetsAt: moment.nullable() })
export type Metered = z.infer<typeof metered>
const byMeter = z.strictObject(Object.fromEntries(meters.map((name) => [name, metered])) as Record<Meter, typeof metered>)

/** What the organization uses, against its plan. */
export const usage = {
  output: z.strictObject({ plan: planName, month: z.string().regex(/^\d{4}-\d\d$/), readOnly: z.boolean(), meters: byMeter }),
}

/**
 * Of each meter over all time, what was done (`events`), what of it was not added up yet (`waiting`), what it was added up to by the hour, what was billed, and
 * what the limit is held against now (null: nothing is). `differences`: in how many hours or counters these are not one number.
 */
export const verify = {
  output: z.strictObject({
    ok: z.boolean(), meters: z.array(z.strictObject({
      meter, events: z.int(), waiting: z.int(), rolledUp: z.int(), billed: z.int(), counted: z.int().nullable(), differences: z.int(),
    })),
  }),
}

/** What can be had here, from the smallest up. */
export const listPlans = { output: z.strictObject({ plans: z.array(plan) }) }

export const subscriptionStatuses = ['active', 'trialing', 'past_due', 'ended'] as const
/**
 * `plan` is the one that holds now, `nextPlan` the one that holds from `periodEndsAt` on. `provider`: an administrator of the installation sets the plan, or
 * it is paid for. `readOnlyFrom`: when nothing can be added or changed any more unless a payment that failed is made.
 */
export const current = {
  output: z.strictObject({
    plan: planName, status: z.enum(subscriptionStatuses), provider: z.enum(['manual', 'stripe']), nextPlan: planName.nullable(),
    periodEndsAt: moment.nullable(), trialEndsAt: moment.nullable(), readOnly: z.boolean(), readOnlyFrom: moment.nullable(),
    overrides, features: z.array(feature), auditDays: z.int().nullable(),
  }),
}

/** Those that can be paid for. */
export const soldPlan = planName.extract(['team', 'business'])
export type SoldPlan = z.infer<typeof soldPlan>

/**
 * `url`: where the payment service takes over. Null where the organization pays already: more than its plan holds at once, paid by the day; less holds from
 * the next period on.
 */
export const checkout = { input: z.strictObject({ plan: soldPlan }), output: z.strictObject({ url: z.url().nullable(), current: current.output }) }
/** Where bills and means of payment are looked after. */
export const portal = { output: z.strictObject({ url: z.url() }) }
/** The plan holds until the end of what is paid, then it is `free`. Until then it can be taken back by `reactivate`, as can a smaller plan. */
export const cancel = { output: current.output }
export const reactivate = { output: current.output }

/** What comes with `quota.exceeded`. `askRoles`: the built-in roles that can change the plan. */
export const quotaRefusal = z.strictObject({
  meter, used: z.int(), limit: z.int(), plan: planName, resetsAt: moment.nullable(), askRoles: z.array(z.string()),
})
export type QuotaRefusal = z.infer<typeof quotaRefusal>
