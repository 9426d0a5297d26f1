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

/** What can be had here, from the smallest up. */
export const listPlans = { output: z.strictObject({ plans: z.array(plan) }) }

export const subscriptionStatuses = ['active', 'trialing', 'past_due', 'ended'] as const
/**
 * `plan` is the one that holds now, `nextPlan` the one that holds from `periodEndsAt` on. `provider`: an administrator of the installation sets the plan, or
 * it is paid for. `readOnlyFrom`: when nothing can be added any more unless a payment that failed is made.
 */
export const current = {
  output: z.strictObject({
    plan: planName, status: z.enum(subscriptionStatuses), provider: z.enum(['manual', 'stripe']), nextPlan: planName.nullable(),
    periodEndsAt: moment.nullable(), trialEndsAt: moment.nullable(), readOnly: z.boolean(), readOnlyFrom: moment.nullable(),
    overrides, features: z.array(feature), auditDays: z.int().nullable(),
  }),
}

/** What comes with `quota.exceeded`. `askRoles`: the built-in roles that can change the plan. */
export const quotaRefusal = z.strictObject({
  meter, used: z.int(), limit: z.int(), plan: planName, resetsAt: moment.nullable(), askRoles: z.array(z.string()),
})
export type QuotaRefusal = z.infer<typeof quotaRefusal>
