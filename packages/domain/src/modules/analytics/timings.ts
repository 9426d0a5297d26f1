import type { Times } from '@intellidocs/contracts'
import type { Metric } from './facts.policy.ts'
import type { BinSum, MetricSum, Sum } from './figures.repository.ts'
import { percentileOf, type Bins } from './histogram.ts'
import { addUp, NOTHING } from './reading.ts'

/** Sums and histograms by what they are of, so that many can be looked up. */
export type Measured = { readonly sums: ReadonlyMap<string, Sum>; readonly bins: ReadonlyMap<string, Bins>; readonly dims: ReadonlyMap<Metric, readonly string[]> }

const keyOf = (metric: Metric, dim: string): string => `${metric}\0${dim}`
/** Over all that a metric is of. */
const ALL = '\0all'

export function measure(rows: readonly (MetricSum | BinSum)[]): Measured {
  const sums = new Map<string, Sum>()
  const bins = new Map<string, Map<number, number>>()
  const dims = new Map<Metric, Set<string>>()
  for (const row of rows) {
    for (const key of [keyOf(row.metric, row.dim), keyOf(row.metric, ALL)]) {
      sums.set(key, addUp(sums.get(key) ?? NOTHING, row))
      const histogram = bins.get(key) ?? new Map<number, number>()
      if ('bins' in row) for (const [bin, n] of row.bins) bins.set(key, histogram.set(bin, (histogram.get(bin) ?? 0) + n))
    }
    dims.set(row.metric, (dims.get(row.metric) ?? new Set()).add(row.dim))
  }
  return { sums, bins, dims: new Map([...dims].map(([metric, set]) => [metric, [...set].toSorted()])) }
}

export const measuredSum = ({ sums }: Measured, metric: Metric, dim: string = ALL): Sum => sums.get(keyOf(metric, dim)) ?? NOTHING
/** Of what the metric is, in the order of their names. */
export const dimsOf = ({ dims }: Measured, metric: Metric): readonly string[] => dims.get(metric) ?? []

/** Times of one metric over all that it is of, or of one `dim`: percentiles by the histogram (see there for their error), mean and longest exactly. */
export function timesOf(measured: Measured, metric: Metric, dim: string = ALL): Times {
  const { n: count, total, peak } = measuredSum(measured, metric, dim)
  const histogram = measured.bins.get(keyOf(metric, dim)) ?? new Map<number, number>()
  const some = count > 0
  // What a bin is told as may lie above all that is in it; nothing took longer than the longest.
  const within = (part: number): number | null => {
    const ms = percentileOf(histogram, part)
    return ms === null ? null : Math.min(ms, peak)
  }
  return { count, p50Ms: within(0.5), p95Ms: within(0.95), meanMs: some ? Math.round(total / count) : null, maxMs: some ? peak : null }
}
