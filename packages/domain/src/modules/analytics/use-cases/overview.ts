import type { Overview } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { AnalyticsDeps } from '../analytics.deps.ts'
import { UNTRASHED, type Metric } from '../facts.policy.ts'
import type { MetricSum } from '../figures.repository.ts'
import { peopleIn } from '../people.ts'
import { bucketOf, bucketsOf, FIRST_DAY, isIn, periodBefore, type PeriodInput } from '../periods.ts'
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
    const earlier = periodBefore(period)
    const people = await figures.people(tx, { ...span, from: earlier.from })
    const active = peopleIn(people, (day) => (isIn(period, day) ? bucketOf(day, period.grain) : null))
    const inAll = peopleIn(people, (day) => (isIn(period, day) ? 'now' : isIn(earlier, day) ? 'before' : null))
    return {
      ...frame,
      now: heldOf(await figures.sums(tx, { ...span, from: FIRST_DAY }, HELD)),
      total: activityOf([...series.values()].flat(), inAll.get('now') ?? 0),
      before: activityOf(await figures.sums(tx, { ...span, ...earlier }, COUNTED), inAll.get('before') ?? 0),
      series: bucketsOf(period).map((at) => ({ at, ...activityOf(series.get(at) ?? [], active.get(at) ?? 0) })),
    }
  })
}
