import { z } from 'zod'

/** Days are those of the organization's time zone. */
const day = z.iso.date()
export const grains = ['day', 'week', 'month'] as const
export const grain = z.enum(grains)
export type Grain = z.infer<typeof grain>

/** Both days included; absent: the last 30 days. 800 days at most. Weeks begin on Monday. */
const period = { from: day.optional(), to: day.optional(), grain: grain.default('day') }
/** What the figures are of. `rebuilding`: the days of another time zone are being built, and those of this one are shown until they are. */
const frame = { zone: z.string(), from: day, to: day, grain, rebuilding: z.boolean() }
const count = z.int()
const at = { at: day }

/**
 * Totals of the organization: they name nothing, and count what the caller may not read as well. `now` is at the end of the last day; `before` is of
 * as many days before the first. `bytes`: the sizes of all versions, those in the trash included. `pages`: read, again too. `people`: who did something.
 */
const activity = z.strictObject({ documents: count, versions: count, bytes: count, pages: count, ready: count, failed: count, people: count })
export const overview = {
  input: z.strictObject(period),
  output: z.strictObject({
    ...frame, now: z.strictObject({ documents: count, trashed: count, bytes: count }), total: activity, before: activity,
    series: z.array(z.strictObject({ ...at, ...activity.shape })),
  }),
}
export type Overview = z.infer<typeof overview.output>

/**
 * `words`: what is kept of queries; `hashed` tells which were asked again and not what they said. `perPerson`: whether decisions of each person are
 * shown. A change of `zone` builds all days anew, and the former ones are shown until that is done (`rebuilding`).
 */
export const settings = z.strictObject({ zone: z.string(), words: z.enum(['hashed', 'kept']), perPerson: z.boolean(), rebuilding: z.boolean() })
export type AnalyticsSettings = z.infer<typeof settings>
export const getSettings = { output: settings }
/** What is absent stays. `zone`: a name of the IANA time zone database. */
export const setSettings = {
  input: z.strictObject({
    zone: z.string().regex(/^[A-Za-z][A-Za-z0-9_+/-]{0,59}$/, 'a name such as Europe/Lisbon').optional(), words: settings.shape.words.optional(), perPerson: z.boolean().optional(),
  }),
  output: settings,
}
