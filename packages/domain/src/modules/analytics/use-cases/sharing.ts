import type { SharingFigures } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { AnalyticsDeps } from '../analytics.deps.ts'
import type { MetricSum } from '../figures.repository.ts'
import { bucketsOf, type PeriodInput } from '../periods.ts'
import { readFigures, sumOf } from '../reading.ts'

const sharedOf = (sums: readonly MetricSum[]): SharingFigures['total'] => ({
  created: sumOf(sums, 'shares', 'created').n, revoked: sumOf(sums, 'shares', 'revoked').n, opened: sumOf(sums, 'shares', 'opened').n,
  downloaded: sumOf(sums, 'shares', 'downloaded').n,
})

/** Of all links, and of none by name. @throws AppError input.invalid */
export function sharing(deps: AnalyticsDeps, actor: Actor, input: PeriodInput): Promise<SharingFigures> {
  return readFigures(deps, actor, input, async ({ tx, period, span, frame }) => {
    const series = Map.groupBy(await deps.figures.series(tx, span, ['shares']), ({ at }) => at)
    return {
      ...frame, total: sharedOf([...series.values()].flat()), series: bucketsOf(period).map((at) => ({ at, ...sharedOf(series.get(at) ?? []) })),
    }
  })
}
