import type { DocumentFigures } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { AnalyticsDeps } from '../analytics.deps.ts'
import type { Metric } from '../facts.policy.ts'
import type { MetricSum } from '../figures.repository.ts'
import { bucketsOf, type PeriodInput } from '../periods.ts'
import { readFigures, sumOf } from '../reading.ts'

const COUNTED: readonly Metric[] = ['added', 'versions', 'trashed', 'restored', 'purged', 'pages']
const MOST_TYPES = 50

const changeOf = (sums: readonly MetricSum[]): DocumentFigures['total'] => ({
  added: sumOf(sums, 'added').n, versions: sumOf(sums, 'versions').n, bytes: sumOf(sums, 'versions').total, trashed: sumOf(sums, 'trashed').n,
  restored: sumOf(sums, 'restored').n, purged: sumOf(sums, 'purged').n, pages: sumOf(sums, 'pages').total,
})

/** @throws AppError input.invalid */
export function documents(deps: AnalyticsDeps, actor: Actor, input: PeriodInput): Promise<DocumentFigures> {
  return readFigures(deps, actor, input, async ({ tx, period, span, frame }) => {
    const series = Map.groupBy(await deps.figures.series(tx, span, COUNTED), ({ at }) => at)
    const types = await deps.figures.sums(tx, span, ['types'])
    return {
      ...frame, total: changeOf([...series.values()].flat()),
      types: types.map(({ dim, n, total }) => ({ mime: dim, read: n, pages: total })).toSorted((a, b) => b.read - a.read || a.mime.localeCompare(b.mime, 'en')).slice(0, MOST_TYPES),
      series: bucketsOf(period).map((at) => ({ at, ...changeOf(series.get(at) ?? []) })),
    }
  })
}
