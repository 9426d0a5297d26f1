import type { Grain, OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { Metric } from './facts.policy.ts'
import type { Period } from './periods.ts'

/** Which days are read: those that are shown now, from one to another, both included. */
export type Span = Pick<Period, 'from' | 'to'> & { readonly orgId: OrgId; readonly generation: number }
export type Sum = { readonly n: number; readonly total: number; readonly peak: number }
export type MetricSum = Sum & { readonly metric: Metric; readonly dim: string }
export type BucketSum = MetricSum & { readonly at: string }
export type BinSum = { readonly metric: Metric; readonly dim: string; readonly bin: number; readonly n: number }

const SUMS = Prisma.raw('sum(n)::float8 as n, sum(total)::float8 as total, max(peak)::float8 as peak')
const spanned = ({ orgId, generation, from, to }: Span, metrics: readonly Metric[]) => Prisma.sql`
  org_id = ${orgId}::uuid and generation = ${generation}::int and metric = any (${[...metrics]}::text[]) and day between ${from}::date and ${to}::date`
const bucket = (grain: Grain) => (grain === 'day' ? Prisma.sql`day` : Prisma.sql`date_trunc(${grain}, day::timestamp)::date`)

/** Sums of days, in a tenant unit. Never anything but `analytics_day` and the names of what it names: what a year costs does not grow with the documents. */
export const figuresRepository = {
  async sums(tx: Tx, span: Span, metrics: readonly Metric[]): Promise<MetricSum[]> {
    return tx.$queryRaw`select metric, dim, ${SUMS} from analytics_day where ${spanned(span, metrics)} group by metric, dim`
  },
  /** By the first day of each day, week or month. */
  async series(tx: Tx, span: Span & { readonly grain: Grain }, metrics: readonly Metric[]): Promise<BucketSum[]> {
    return tx.$queryRaw`
      select (${bucket(span.grain)})::text as at, metric, dim, ${SUMS} from analytics_day where ${spanned(span, metrics)} group by 1, metric, dim`
  },
  async bins(tx: Tx, span: Span, metrics: readonly Metric[]): Promise<BinSum[]> {
    return tx.$queryRaw`
      select metric, dim, bin::int as bin, sum(n)::float8 as n from analytics_day where ${spanned(span, metrics)} and bin >= 0 group by metric, dim, bin`
  },
  /** How many different ones there were in each day, week or month; `at` null for the whole span. */
  async distinct(tx: Tx, span: Span & { readonly grain: Grain }, metric: Metric): Promise<{ at: string | null; n: number }[]> {
    return tx.$queryRaw`
      select (${bucket(span.grain)})::text as at, count(distinct dim)::int as n from analytics_day where ${spanned(span, [metric])} group by grouping sets ((1), ())`
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
