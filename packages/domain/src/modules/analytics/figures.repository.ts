import type { Grain, OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { Metric } from './facts.policy.ts'
import type { Bins } from './histogram.ts'
import { binsOf, unpacked } from './packing.ts'
import type { ActiveMonths } from './people.ts'
import { bucketOf, wholeMonths, type Period } from './periods.ts'

/** Which days are read: those that are shown now, from one to another, both included. */
export type Span = Pick<Period, 'from' | 'to'> & { readonly orgId: OrgId; readonly generation: number }
export type Sum = { readonly n: number; readonly total: number; readonly peak: number }
export type MetricSum = Sum & { readonly metric: Metric; readonly dim: string }
export type BucketSum = MetricSum & { readonly at: string }
/** With the histogram; without a bin where nothing was measured. */
export type BinSum = MetricSum & { readonly bins: Bins }

const SUMS = Prisma.raw('sum(n)::float8 as n, sum(total)::float8 as total, max(peak)::float8 as peak')
type Whose = Pick<Span, 'orgId' | 'generation'>
const of = ({ orgId, generation }: Whose, metrics: readonly Metric[]) =>
  Prisma.sql`org_id = ${orgId}::uuid and generation = ${generation}::int and metric = any (${[...metrics]}::text[])`
const spanned = (span: Span, metrics: readonly Metric[]) => Prisma.sql`${of(span, metrics)} and day between ${span.from}::date and ${span.to}::date`
/** What makes up the span: months, and days around them. */
function parts(span: Span, metrics: readonly Metric[]): Prisma.Sql {
  const { months, days } = wholeMonths(span)
  const columns = Prisma.raw('metric, dim, n, total, peak, bins')
  return Prisma.join([
    ...days.map(({ from, to }) => Prisma.sql`select ${columns} from analytics_day where ${spanned({ ...span, from, to }, metrics)}`),
    ...(months === null ? [] : [Prisma.sql`select ${columns} from analytics_month where ${of(span, metrics)} and month between ${months.from}::date and ${months.to}::date`]),
  ], ' union all ')
}
const firstOfMonth = (day: string): string => bucketOf(day, 'month')
/** A day is a row as it stands; of a week or month they are added up. */
const bucketed = (span: Span & { readonly grain: Grain }, metrics: readonly Metric[]): Prisma.Sql => (span.grain === 'day'
  ? Prisma.sql`select metric, dim, day as at, n, total, peak from analytics_day where ${spanned(span, metrics)}`
  : Prisma.sql`select metric, dim, date_trunc(${span.grain}, day::timestamp)::date as at, sum(n) as n, sum(total) as total, max(peak) as peak
      from analytics_day where ${spanned(span, metrics)} group by 1, 2, 3`)

/** Sums of days and months, in a tenant unit. Never anything but these and the names of what they name: what a year costs does not grow with the documents. */
export const figuresRepository = {
  async sums(tx: Tx, span: Span, metrics: readonly Metric[]): Promise<MetricSum[]> {
    return tx.$queryRaw`select metric, dim, ${SUMS} from (${parts(span, metrics)}) p group by metric, dim`
  },
  /** By the first day of each day, week or month. */
  async series(tx: Tx, span: Span & { readonly grain: Grain }, metrics: readonly Metric[]): Promise<BucketSum[]> {
    const rows = await tx.$queryRaw<{ metric: Metric; dim: string; sums: string }[]>`
      select metric, dim, string_agg(concat_ws(' ', at, n, total, peak), ';') as sums from (${bucketed(span, metrics)}) s group by metric, dim`
    return rows.flatMap(({ metric, dim, sums }) => unpacked(sums).map(([at = '', n, total, peak]) => ({ at, metric, dim, n: Number(n), total: Number(total), peak: Number(peak) })))
  },
  /** Sums with the histogram of each. */
  async bins(tx: Tx, span: Span, metrics: readonly Metric[]): Promise<BinSum[]> {
    const rows = await tx.$queryRaw<(MetricSum & { bins: string | null })[]>`
      select metric, dim, ${SUMS}, string_agg(array_lower(bins, 1) || ':' || array_to_string(bins, ',', ''), ';') as bins from (${parts(span, metrics)}) p group by metric, dim`
    return rows.map((row) => ({ ...row, bins: binsOf(row.bins) }))
  },
  /** Everybody who was active in one of the months that the span touches. */
  async people(tx: Tx, span: Span): Promise<ActiveMonths[]> {
    const rows = await tx.$queryRaw<{ months: string }[]>`
      select string_agg(concat_ws(' ', month, days), ';' order by month) as months from analytics_person
      where org_id = ${span.orgId}::uuid and generation = ${span.generation}::int and month between ${firstOfMonth(span.from)}::date and ${firstOfMonth(span.to)}::date group by person`
    return rows.map(({ months }) => unpacked(months).map(([month = '', days]) => ({ month, days: Number(days) })))
  },
  /** What flows are called; those that are gone are not among them. */
  async flowNames(tx: Tx, orgId: OrgId, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await tx.$queryRaw<{ id: string; name: string }[]>`select id::text, name from flow where org_id = ${orgId}::uuid and id = any (${[...ids]}::uuid[])`
    return new Map(rows.map(({ id, name }) => [id, name]))
  },
}
export type FiguresRepository = typeof figuresRepository
