import type { Grain } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'

export type PeriodInput = { readonly from?: string | undefined; readonly to?: string | undefined; readonly grain: Grain }
/** Days as ISO text, both included. */
export type Period = { readonly from: string; readonly to: string; readonly grain: Grain }

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 30
const MOST_DAYS = 800
/** Before every day that is counted. */
export const FIRST_DAY = '1970-01-01'

const msOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`)
export const dayAfter = (day: string, days: number): string => new Date(msOfDay(day) + days * DAY_MS).toISOString().slice(0, 10)
export const daysOf = ({ from, to }: Pick<Period, 'from' | 'to'>): number => Math.round((msOfDay(to) - msOfDay(from)) / DAY_MS) + 1

/** What was asked for, with what was left out. @throws AppError input.invalid (the end before the beginning, more than 800 days) */
export function periodOf({ from, to, grain }: PeriodInput, today: string): Period {
  const last = to ?? (from !== undefined && from > today ? from : today)
  const period = { from: from ?? dayAfter(last, 1 - DEFAULT_DAYS), to: last, grain }
  const days = daysOf(period)
  const problem = days < 1 ? 'before from' : days > MOST_DAYS ? `more than ${MOST_DAYS} days after from` : null
  if (problem !== null) throw new AppError('input.invalid', { details: { issues: [{ path: 'to', message: problem }] } })
  return period
}

const monthOf = (day: string): string => `${day.slice(0, 7)}-01`
export const lastOfMonth = (day: string): string => dayAfter(new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 1)).toISOString().slice(0, 10), -1)

/** The months that lie within as a whole, from the first to the last one's first day, and the days around them; without a whole month they are all days. */
export function wholeMonths({ from, to }: Pick<Period, 'from' | 'to'>): { months: { from: string; to: string } | null; days: { from: string; to: string }[] } {
  const first = from === monthOf(from) ? from : dayAfter(lastOfMonth(from), 1)
  const last = to === lastOfMonth(to) ? to : dayAfter(monthOf(to), -1)
  if (last < first) return { months: null, days: [{ from, to }] }
  return { months: { from: first, to: monthOf(last) }, days: [{ from, to: dayAfter(first, -1) }, { from: dayAfter(last, 1), to }].filter((part) => part.from <= part.to) }
}

export const isIn = ({ from, to }: Pick<Period, 'from' | 'to'>, day: string): boolean => from <= day && day <= to

/** As many days before it. */
export const periodBefore = (period: Period): Period => ({ ...period, from: dayAfter(period.from, -daysOf(period)), to: dayAfter(period.from, -1) })

/** The first day of the day, week (from Monday) or month. */
export function bucketOf(day: string, grain: Grain): string {
  if (grain === 'day') return day
  if (grain === 'month') return `${day.slice(0, 7)}-01`
  const weekday = (new Date(msOfDay(day)).getUTCDay() + 6) % 7
  return dayAfter(day, -weekday)
}

/** The first days of all buckets that the period touches. */
export function bucketsOf({ from, to, grain }: Period): string[] {
  const buckets: string[] = []
  for (let day = from; day <= to; day = dayAfter(day, 1)) {
    const bucket = bucketOf(day, grain)
    if (buckets.at(-1) !== bucket) buckets.push(bucket)
  }
  return buckets
}
