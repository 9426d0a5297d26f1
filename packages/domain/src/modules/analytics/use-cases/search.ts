import type { SearchFigures, SearchMode } from '@intellidocs/contracts'
import { mustHold, type Actor, type PageInput } from '@intellidocs/kernel'
import type { AnalyticsDeps } from '../analytics.deps.ts'
import { MORE, type Metric } from '../facts.policy.ts'
import type { MetricSum } from '../figures.repository.ts'
import { bucketsOf, type PeriodInput } from '../periods.ts'
import { readFigures, sumOf } from '../reading.ts'
import { measure, timesOf } from '../timings.ts'

const COUNTED: readonly Metric[] = ['search', 'search.empty', 'search.opened']
const PLACES = [...Array.from({ length: 10 }, (_, n) => String(n + 1)), MORE]

const askedOf = (sums: readonly MetricSum[]): SearchFigures['total'] =>
  ({ queries: sumOf(sums, 'search').n, empty: sumOf(sums, 'search.empty').n, opened: sumOf(sums, 'search.opened').n })

const modesOf = (sums: readonly MetricSum[]): SearchFigures['modes'] => {
  const of = (mode: SearchMode): number => sumOf(sums, 'search', mode).n
  return { hybrid: of('hybrid'), keyword: of('keyword'), meaning: of('meaning') }
}

/** Words, where they are kept, are what people looked for: for who may search. @throws AppError auth.forbidden, input.invalid, input.cursor */
export async function search(deps: AnalyticsDeps, actor: Actor, { limit, cursor, ...asked }: PeriodInput & PageInput): Promise<SearchFigures> {
  mustHold(actor, 'search:read')
  const { figures } = deps
  return readFigures(deps, actor, asked, async ({ tx, period, span, frame }) => {
    const series = Map.groupBy(await figures.series(tx, span, COUNTED), ({ at }) => at)
    const counted = [...series.values()].flat()
    const took = measure(await figures.bins(tx, span, ['search.took']))
    const total = askedOf(counted)
    return {
      ...frame, total, emptyRate: total.queries === 0 ? null : total.empty / total.queries, modes: modesOf(counted), took: timesOf(took, 'search.took'),
      positions: PLACES.map((position) => ({ position, opened: sumOf(counted, 'search.opened', position).n })),
      series: bucketsOf(period).map((at) => ({ at, ...askedOf(series.get(at) ?? []) })),
      words: await deps.words(tx, actor, { from: period.from, to: period.to, limit, cursor }),
    }
  })
}
