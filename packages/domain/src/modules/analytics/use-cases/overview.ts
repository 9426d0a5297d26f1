import type { Overview } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { AnalyticsDeps } from '../analytics.deps.ts'
import { UNTRASHED, type Metric } from '../facts.policy.ts'
import type { MetricSum } from '../figures.repository.ts'
import { bucketsOf, FIRST_DAY, periodBefore, type PeriodInput } from '../periods.ts'
import { readFigures, sumOf } from '../reading.ts'

type Activity = Overview['total']
const COUNTED: readonly Metric[] = ['added', 'versions', 'pages', 'ready', 'failed']
const HELD: readonly Metric[] = ['added', 'trashed', 'restored', 'purged', 'versions']

const activityOf = (sums: readonly MetricSum[], people: number): Activity => ({
  documents: sumOf(sums, 'added').n, versions: sumOf(sums, 'versions').n, bytes: sumOf(sums, 'versions').total, pages: sumOf(sums, 'pages').total,
  ready: sumOf(sums, 'ready').n, failed: sumOf(sums, 'failed').n, people,
})

/** What there was at the end of a day, by all that came and went until then. */
export function heldOf(sums: readonly MetricSum[]): Overview['now'] {
  const [added, trashed, restored, purged] = [sumOf(sums, 'added').n, sumOf(sums, 'trashed').n, sumOf(sums, 'restored').n, sumOf(sums, 'purged')]
  const untrashed = sumOf(sums, 'purged', UNTRASHED).n
  return { documents: added - trashed + restored - untrashed, trashed: trashed - restored - (purged.n - untrashed), bytes: sumOf(sums, 'versions').total - purged.total }
}

/** @throws AppError input.invalid */
export function overview(deps: AnalyticsDeps, actor: Actor, input: PeriodInput): Promise<Overview> {
  const { figures } = deps
  return readFigures(deps, actor, input, async ({ tx, period, span, frame }) => {
    const series = Map.groupBy(await figures.series(tx, span, COUNTED), ({ at }) => at)
    const people = new Map((await figures.distinctSeries(tx, span, 'people')).map(({ at, n }) => [at, n]))
    const spanBefore = { ...span, ...periodBefore(period) }
    return {
      ...frame,
      now: heldOf(await figures.sums(tx, { ...span, from: FIRST_DAY }, HELD)),
      total: activityOf([...series.values()].flat(), await figures.distinct(tx, span, 'people')),
      before: activityOf(await figures.sums(tx, spanBefore, COUNTED), await figures.distinct(tx, spanBefore, 'people')),
      series: bucketsOf(period).map((at) => ({ at, ...activityOf(series.get(at) ?? [], people.get(at) ?? 0) })),
    }
  })
}
