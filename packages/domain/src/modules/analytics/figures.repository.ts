import type { Grain, OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { Metric } from './facts.policy.ts'
import { wholeMonths, type Period } from './periods.ts'

/** Which days are read: those that are shown now, from one to another, both included. */
export type Span = Pick<Period, 'from' | 'to'> & { readonly orgId: OrgId; readonly generation: number }
export type Sum = { readonly n: number; readonly total: number; readonly peak: number }
export type MetricSum = Sum & { readonly metric: Metric; readonly dim: string }
export type BucketSum = MetricSum & { readonly at: string }
/** With the histogram, a count by its bin; null where nothing was measured. */
export type BinSum = MetricSum & { readonly bins: Readonly<Record<string, number>> | null }

const SUMS = Prisma.raw('sum(n)::float8 as n, sum(total)::float8 as total, max(peak)::float8 as peak')
type Whose = Pick<Span, 'orgId' | 'generation'>
const of = ({ orgId, generation }: Whose, metrics: readonly Metric[]) =>
  Prisma.sql`org_id = ${orgId}::uuid and generation = ${generation}::int and metric = any (${[...metrics]}::text[])`
const spanned = (span: Span, metrics: readonly Metric[]) => Prisma.sql`${of(span, metrics)} and day between ${span.from}::date and ${span.to}::date`
/** What makes up the span: months, and days around them. */
function parts(span: Span, metrics: readonly Metric[]): Prisma.Sql {
  const { months, days } = wholeMonths(span)
  const columns = Prisma.raw('metric, dim, bin, n, total, peak')
  return Prisma.join([
    ...days.map(({ from, to }) => Prisma.sql`select ${columns} from analytics_day where ${spanned({ ...span, from, to }, metrics)}`),
    ...(months === null ? [] : [Prisma.sql`select ${columns} from analytics_month where ${of(span, metrics)} and month between ${months.from}::date and ${months.to}::date`]),
  ], ' union all ')
}
const bucket = (grain: Grain) => (grain === 'day' ? Prisma.sql`day` : Prisma.sql`date_trunc(${grain}, day::timestamp)::date`)

/** Sums of days and months, in a tenant unit. Never anything but these and the names of what they name: what a year costs does not grow with the documents. */
export const figuresRepository = {
  async sums(tx: Tx, span: Span, metrics: readonly Metric[]): Promise<MetricSum[]> {
    return tx.$queryRaw`select metric, dim, ${SUMS} from (${parts(span, metrics)}) p group by metric, dim`
  },
  /** By the first day of each day, week or month. A row each: thousands of rows cost more on their way than what is summed. */
  async series(tx: Tx, span: Span & { readonly grain: Grain }, metrics: readonly Metric[]): Promise<BucketSum[]> {
    const rows = await tx.$queryRaw<{ at: string; sums: MetricSum[] }[]>`
      select at::text as at, jsonb_agg(jsonb_build_object('metric', metric, 'dim', dim, 'n', n, 'total', total, 'peak', peak)) as sums from (
        select ${bucket(span.grain)} as at, metric, dim, ${SUMS} from analytics_day where ${spanned(span, metrics)} group by 1, metric, dim) s group by at`
    return rows.flatMap(({ at, sums }) => sums.map((sum) => ({ at, ...sum })))
  },
  /** Sums with the histogram of each. */
  async bins(tx: Tx, span: Span, metrics: readonly Metric[]): Promise<BinSum[]> {
    return tx.$queryRaw`
      select metric, dim, ${SUMS}, jsonb_object_agg(bin, n) filter (where bin >= 0) as bins from (
        select metric, dim, bin, sum(n) as n, sum(total) as total, max(peak) as peak from (${parts(span, metrics)}) p group by metric, dim, bin) b
      group by metric, dim`
  },
  /** How many different ones there were in all. */
  async distinct(tx: Tx, span: Span, metric: Metric): Promise<number> {
    const [row] = await tx.$queryRaw<{ n: number }[]>`select count(*)::int as n from (select dim from (${parts(span, [metric])}) p group by dim) d`
    return row?.n ?? 0
  },
  /** How many different ones there were in each day, week or month. */
  async distinctSeries(tx: Tx, span: Span & { readonly grain: Grain }, metric: Metric): Promise<{ at: string; n: number }[]> {
    // A day has one row for each, which the index alone tells.
    if (span.grain === 'day') return tx.$queryRaw`select day::text as at, count(*)::int as n from analytics_day where ${spanned(span, [metric])} group by day`
    return tx.$queryRaw`
      select at::text as at, count(*)::int as n from (select ${bucket(span.grain)} as at, dim from analytics_day where ${spanned(span, [metric])} group by 1, 2) d group by at`
  },
  /** What flows are called; those that are gone are not among them. */
  async flowNames(tx: Tx, orgId: OrgId, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await tx.$queryRaw<{ id: string; name: string }[]>`select id::text, name from flow where org_id = ${orgId}::uuid and id = any (${[...ids]}::uuid[])`
    return new Map(rows.map(({ id, name }) => [id, name]))
  },
  async today(tx: Tx, zone: string, now: Date): Promise<string> {
    const [row] = await tx.$queryRaw<{ day: string }[]>`select (${now}::timestamptz at time zone ${zone})::date::text as day`
    if (row === undefined) throw new Error('the database told no day')
    return row.day
  },
}
export type FiguresRepository = typeof figuresRepository
