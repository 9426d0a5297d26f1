import type { Actor, Tx } from '@intellidocs/kernel'
import type { AnalyticsDeps } from './analytics.deps.ts'
import type { Metric } from './facts.policy.ts'
import type { MetricSum, Span, Sum } from './figures.repository.ts'
import { periodOf, type Period, type PeriodInput } from './periods.ts'

/** One query at work on the days that are shown. */
export type Reading = {
  readonly tx: Tx; readonly period: Period; readonly span: Span & Pick<Period, 'grain'>; readonly perPerson: boolean
  readonly frame: Period & { readonly zone: string; readonly rebuilding: boolean }
}
type Deps = Pick<AnalyticsDeps, 'runInTx' | 'clock' | 'settings'>

/** Everything that one answer says is of one moment. @throws AppError input.invalid (the period) */
export function readFigures<T>(deps: Deps, actor: Actor, asked: PeriodInput, work: (reading: Reading) => Promise<T>): Promise<T> {
  return deps.runInTx(actor, async (tx) => {
    const { zone, rebuilding, generation, perPerson, today } = await deps.settings.findToday(tx, actor.orgId, deps.clock.now())
    const period = periodOf(asked, today)
    return work({ tx, period, perPerson, span: { ...period, orgId: actor.orgId, generation }, frame: { ...period, zone, rebuilding } })
  }, { readOnly: true })
}

export const NOTHING: Sum = { n: 0, total: 0, peak: 0 }
export const addUp = (a: Sum, b: Sum): Sum => ({ n: a.n + b.n, total: a.total + b.total, peak: Math.max(a.peak, b.peak) })

/** The sum of one metric over all that it is of, or of one `dim`. */
export const sumOf = (sums: readonly MetricSum[], metric: Metric, dim?: string): Sum => sums
  .filter((row) => row.metric === metric && (dim === undefined || row.dim === dim))
  .reduce<Sum>(addUp, NOTHING)
