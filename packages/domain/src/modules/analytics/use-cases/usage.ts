import type { UsageFigures } from '@intellidocs/contracts'
import { mustHold, type Actor } from '@intellidocs/kernel'
import type { AnalyticsDeps, PlanUse } from '../analytics.deps.ts'
import type { BucketSum } from '../figures.repository.ts'
import { bandOf, dailyOf, daysUntil } from '../forecast.ts'
import { bucketsOf, dayAfter, lastOfMonth, type Period } from '../periods.ts'
import { readFigures, sumOf } from '../reading.ts'

/** Days that the forecast goes by; today, which is not over, is none of them. */
const PAST_DAYS = 90
type Line = UsageFigures['lines'][number]

/** What each day added to a meter, by what is counted of it; other meters have no forecast. */
const added: Readonly<Record<string, { of: (sums: readonly BucketSum[]) => number; grows: boolean }>> = {
  documents: { of: (sums) => sumOf(sums, 'added').n, grows: true },
  bytes: { of: (sums) => sumOf(sums, 'versions').total, grows: true },
  pages: { of: (sums) => sumOf(sums, 'pages').total, grows: true },
}

const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)

function lineOf({ meter, used, limit }: PlanUse['lines'][number], days: readonly (readonly BucketSum[])[], today: string): Line {
  const source = added[meter]
  const daily = source === undefined ? null : dailyOf(days.map(source.of))
  if (source === undefined || daily === null) return { meter, used, limit, forecast: null }
  const day = lastOfMonth(today)
  const until = limit === null ? null : daysUntil(limit, used, daily)
  return { meter, used, limit, forecast: {
    day, ...bandOf(used, daily, { ahead: daysBetween(today, day), grows: source.grows }), limitOn: until === null ? null : dayAfter(today, until),
  } }
}

/** The days since anything was counted, at most the last ninety: days of before the organization was there say nothing of it. */
function pastDays(series: readonly BucketSum[], period: Period): (readonly BucketSum[])[] {
  const byDay = Map.groupBy(series, ({ at }) => at)
  const first = [...byDay.keys()].toSorted()[0]
  return first === undefined ? [] : bucketsOf({ ...period, from: first }).map((day) => byDay.get(day) ?? [])
}

/** What is used of the plan, as `subscriptions` tells it, and what it comes to by the end of the month. @throws AppError auth.forbidden */
export async function usage(deps: AnalyticsDeps, actor: Actor): Promise<UsageFigures> {
  mustHold(actor, 'usage:read')
  const { plan, lines } = await deps.planUse(actor)
  return readFigures(deps, actor, { grain: 'day' }, async ({ tx, span, frame }) => {
    const period = { from: dayAfter(frame.to, -PAST_DAYS), to: dayAfter(frame.to, -1), grain: 'day' as const }
    const days = pastDays(await deps.figures.series(tx, { ...span, ...period }, ['added', 'versions', 'pages']), period)
    return { zone: frame.zone, day: frame.to, rebuilding: frame.rebuilding, plan, lines: lines.map((line) => lineOf(line, days, frame.to)) }
  })
}
