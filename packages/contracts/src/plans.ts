import { z } from 'zod'

/**
 * What is counted. `members` (open invitations included), `bytes` and `webhooks` are what stands at the moment; the others are what was done in a
 * calendar month, UTC. `pages` and `ocrPages` count each reading, again after `reprocess`; `apiCalls` are calls by API keys.
 */
export const meters = ['members', 'bytes', 'documents', 'pages', 'ocrPages', 'apiCalls', 'flowRuns', 'webhooks'] as const
export const meter = z.enum(meters)
export type Meter = z.infer<typeof meter>
export const standingMeters = ['members', 'bytes', 'webhooks'] as const satisfies readonly Meter[]

/** What a plan has or lacks, whatever is used. */
export const features = ['customRoles', 'auditExport'] as const
export const feature = z.enum(features)
export type Feature = z.infer<typeof feature>

/** From the smallest up. `own` is that of an installation which somebody runs for themselves. */
export const planNames = ['free', 'team', 'business', 'own'] as const
export const planName = z.enum(planNames)
export type PlanName = z.infer<typeof planName>

/** Null: as much as there is room for. */
const most = z.int().min(0).nullable()
const limits = z.strictObject({
  members: most, bytes: most, documents: most, pages: most, ocrPages: most, apiCalls: most, flowRuns: most, webhooks: most,
} satisfies Record<Meter, typeof most>)
export type PlanLimits = z.infer<typeof limits>

/**
 * `grace`: how far what is done in a month, and the bytes, may go beyond the limit before anything is refused, as a share of it; seats and endpoints end at
 * theirs. `auditDays`: how far back the audit can be read and exported; older rows are kept. `paymentGraceDays`: from a payment that failed until nothing
 * can be added any more.
 */
export const plan = z.strictObject({
  name: planName, limits, features: z.strictObject({ customRoles: z.boolean(), auditExport: z.boolean() } satisfies Record<Feature, z.ZodBoolean>),
  auditDays: most, grace: z.number().min(0).max(1), paymentGraceDays: z.int().min(0),
})
export type Plan = z.infer<typeof plan>

/** What was agreed with one organization instead of what its plan says. */
export const overrides = limits.partial()
export type PlanOverrides = z.infer<typeof overrides>

const GIB = 1_073_741_824

const unlimited: PlanLimits = { members: null, bytes: null, documents: null, pages: null, ocrPages: null, apiCalls: null, flowRuns: null, webhooks: null }

/** Each plan by its name, checked when this file is loaded. */
export const plans: Readonly<Record<PlanName, Plan>> = z.record(planName, plan).parse({
  free: {
    name: 'free', auditDays: 30, grace: 0, paymentGraceDays: 0, features: { customRoles: false, auditExport: false },
    limits: { members: 3, bytes: GIB, documents: 100, pages: 2_000, ocrPages: 200, apiCalls: 1_000, flowRuns: 20, webhooks: 1 },
  },
  team: {
    name: 'team', auditDays: 365, grace: 0.1, paymentGraceDays: 14, features: { customRoles: true, auditExport: true },
    limits: { members: 15, bytes: 100 * GIB, documents: 5_000, pages: 100_000, ocrPages: 20_000, apiCalls: 100_000, flowRuns: 2_000, webhooks: 5 },
  },
  business: {
    name: 'business', auditDays: 2_555, grace: 0.2, paymentGraceDays: 30, features: { customRoles: true, auditExport: true },
    limits: {
      members: 200, bytes: 2_048 * GIB, documents: 100_000, pages: 2_000_000, ocrPages: 500_000, apiCalls: 5_000_000, flowRuns: 100_000, webhooks: 50,
    },
  },
  own: { name: 'own', auditDays: null, grace: 0, paymentGraceDays: 0, features: { customRoles: true, auditExport: true }, limits: unlimited },
})
