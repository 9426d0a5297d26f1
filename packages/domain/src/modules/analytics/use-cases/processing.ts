import { stages, type ProcessingFigures } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { AnalyticsDeps } from '../analytics.deps.ts'
import type { Metric } from '../facts.policy.ts'
import type { MetricSum, Sum } from '../figures.repository.ts'
import { bucketsOf, type PeriodInput } from '../periods.ts'
import { readFigures, sumOf } from '../reading.ts'
import { dimsOf, measure, timesOf } from '../timings.ts'

const COUNTED: readonly Metric[] = ['ready', 'failed', 'pages', 'queue']
const TIMED: readonly Metric[] = ['waited', 'turnaround', 'stages']

const handledOf = (sums: readonly MetricSum[]): ProcessingFigures['total'] =>
  ({ ready: sumOf(sums, 'ready').n, failed: sumOf(sums, 'failed').n, pages: sumOf(sums, 'pages').total, ocrPages: sumOf(sums, 'pages', 'ocr').total })

const queueOf = ({ n, total, peak }: Sum): ProcessingFigures['queue'] =>
  ({ looks: n, meanSeconds: n === 0 ? null : Math.round(total / n), maxSeconds: n === 0 ? null : peak })

const failuresOf = (sums: readonly MetricSum[]): ProcessingFigures['failures'] => dimsOf(measure(sums), 'failed')
  .map((reason) => ({ reason, count: sumOf(sums, 'failed', reason).n })).toSorted((a, b) => b.count - a.count)

/** @throws AppError input.invalid */
export function processing(deps: AnalyticsDeps, actor: Actor, input: PeriodInput): Promise<ProcessingFigures> {
  const { figures } = deps
  return readFigures(deps, actor, input, async ({ tx, period, span, frame }) => {
    const series = Map.groupBy(await figures.series(tx, span, COUNTED), ({ at }) => at)
    const counted = [...series.values()].flat()
    const measured = measure(await figures.bins(tx, span, TIMED))
    const total = handledOf(counted)
    const took = dimsOf(measured, 'stages')
    return {
      ...frame, total, ocrShare: total.pages === 0 ? null : total.ocrPages / total.pages, waited: timesOf(measured, 'waited'), turnaround: timesOf(measured, 'turnaround'),
      stages: stages.filter((stage) => took.includes(stage)).map((stage) => ({ stage, ...timesOf(measured, 'stages', stage) })),
      failures: failuresOf(counted), queue: queueOf(sumOf(counted, 'queue')),
      series: bucketsOf(period).map((at) => {
        const sums = series.get(at) ?? []
        return { at, ...handledOf(sums), queueMaxSeconds: queueOf(sumOf(sums, 'queue')).maxSeconds }
      }),
    }
  })
}
