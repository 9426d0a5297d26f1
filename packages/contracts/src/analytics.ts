import { z } from 'zod'
import { runOutcome } from './flow-words.ts'
import { flowId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'

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

/** Milliseconds; null of none. `p50Ms` and `p95Ms` are off by 5 % at most, the others are exact. */
const times = z.strictObject({ count, p50Ms: count.nullable(), p95Ms: count.nullable(), meanMs: count.nullable(), maxMs: count.nullable() })
export type Times = z.infer<typeof times>
const change = z.strictObject({ added: count, versions: count, bytes: count, trashed: count, restored: count, purged: count, pages: count })
/** `types`: what was read, by the type of its bytes, most of all first; 50 at most. */
export const documents = {
  input: z.strictObject(period),
  output: z.strictObject({
    ...frame, total: change, types: z.array(z.strictObject({ mime: z.string(), read: count, pages: count })), series: z.array(z.strictObject({ ...at, ...change.shape })),
  }),
}
export type DocumentFigures = z.infer<typeof documents.output>

const handled = z.strictObject({ ready: count, failed: count, pages: count, ocrPages: count })
/**
 * `waited`: from the upload until its reading began; `turnaround`: until it was ready. `stages`: what was ready, by the time in each. `ocrShare`: of the
 * pages that were read, from 0 to 1. `queue`: the age of the oldest version that waits or is in work, looked at each quarter of an hour in which one was.
 */
export const processing = {
  input: z.strictObject(period),
  output: z.strictObject({
    ...frame, total: handled, ocrShare: z.number().nullable(), waited: times, turnaround: times,
    stages: z.array(z.strictObject({ stage: z.string(), ...times.shape })), failures: z.array(z.strictObject({ reason: z.string(), count })),
    queue: z.strictObject({ looks: count, meanSeconds: count.nullable(), maxSeconds: count.nullable() }),
    series: z.array(z.strictObject({ ...at, ...handled.shape, queueMaxSeconds: count.nullable() })),
  }),
}
export type ProcessingFigures = z.infer<typeof processing.output>

const stageOfFlow = z.strictObject({ stage: z.string(), late: count, share: z.number(), ...times.shape })
/** `share`: of the time of all stages together, from 0 to 1. `bottleneck`: the stage with most of it. `late`: stages that ended past their time. */
const flowFigures = z.strictObject({
  flowId, name: z.string().nullable(), started: count, ended: z.partialRecord(runOutcome, count), approvals: count, rejections: count, late: count, cycle: times,
  bottleneck: z.string().nullable(), stages: z.array(stageOfFlow),
})
/** `people`: who decided, where the organization has that shown, most first, 200 at most; null where it has not. Who was erased from the organization has a `pseudonym` instead of an id. */
export const flows = {
  input: z.strictObject({ from: day.optional(), to: day.optional(), ...pageInput }),
  output: z.strictObject({
    zone: z.string(), from: day, to: day, rebuilding: z.boolean(), items: z.array(flowFigures), nextCursor: z.string().nullable(),
    people: z.array(z.strictObject({ userId: userId.nullable(), pseudonym: z.string().nullable(), ...times.shape })).nullable(),
  }),
}
export type FlowFigures = z.infer<typeof flows.output>

const searched = z.strictObject({ queries: count, empty: count, opened: count })
/**
 * `empty`: queries without a hit. `opened`: hits that somebody said they opened (`search.opened`); `positions` by their place in the ranking, the last for all
 * behind the tenth. `words`: what was asked, most first, by days of UTC; null where the organization does not keep words.
 */
export const search = {
  input: z.strictObject({ ...period, ...pageInput }),
  output: z.strictObject({
    ...frame, total: searched, emptyRate: z.number().nullable(), modes: z.strictObject({ hybrid: count, keyword: count, meaning: count }), took: times,
    positions: z.array(z.strictObject({ position: z.string(), opened: count })), series: z.array(z.strictObject({ ...at, ...searched.shape })),
    words: pageOf(z.strictObject({ words: z.string(), queries: count, empty: count, opened: count })).nullable(),
  }),
}
export type SearchFigures = z.infer<typeof search.output>

const shared = z.strictObject({ created: count, revoked: count, opened: count, downloaded: count })
/** Links for people outside: how many were made and taken back, and how often they were opened and something was downloaded. */
export const sharing = {
  input: z.strictObject(period), output: z.strictObject({ ...frame, total: shared, series: z.array(z.strictObject({ ...at, ...shared.shape })) }),
}
export type SharingFigures = z.infer<typeof sharing.output>

/**
 * `used` and `limit` as the plan counts them. `forecast`: what `used` comes to by the end of the month of `day`, between `low` and `high` eight times in
 * ten if days go on as in the last ninety; `limitOn` is when it passes the limit, within a year. Null where a week of days is not there yet.
 */
const meterUse = z.strictObject({
  meter: z.string(), used: count, limit: count.nullable(),
  forecast: z.strictObject({ day, expected: count, low: count, high: count, limitOn: day.nullable() }).nullable(),
})
export const usage = { output: z.strictObject({ zone: z.string(), day, rebuilding: z.boolean(), plan: z.string(), lines: z.array(meterUse) }) }
export type UsageFigures = z.infer<typeof usage.output>

export const exportable = ['overview', 'documents', 'processing', 'stages', 'flows', 'search', 'words', 'sharing', 'usage'] as const
/** CSV holds the table of it (RFC 4180; what would be a formula begins with an apostrophe), JSON all of it. 10,000 flows or words at most. */
export const exportFigures = {
  input: z.strictObject({ of: z.enum(exportable), format: z.enum(['csv', 'json']).default('csv'), ...period }),
  output: z.strictObject({ fileName: z.string(), contentType: z.string(), content: z.string() }),
}
