/** Of the normal distribution: eight in ten lie between. */
const Z80 = 1.2816

export type Band = { readonly expected: number; readonly low: number; readonly high: number }
export type Daily = { readonly mean: number; readonly deviation: number; readonly days: number }

/** Mean and standard deviation of what each day added; null of less than a week, which says nothing. */
export function dailyOf(added: readonly number[]): Daily | null {
  const days = added.length
  if (days < 7) return null
  const mean = added.reduce((sum, n) => sum + n, 0) / days
  return { mean, deviation: Math.sqrt(added.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (days - 1)), days }
}

/**
 * What `used` comes to `ahead` days on, and between what it is eight times in ten, if days go on as they did: the drift method, y + h·m, with
 * the deviation s·√(h(1 + h/(T-1))) of its error (R. J. Hyndman, G. Athanasopoulos: Forecasting: Principles and Practice, 3rd ed., §5.2 and §5.5).
 * It knows no weekdays and no seasons. `grows`: it never gets less, so that the band ends at `used`.
 */
export function bandOf(used: number, { mean, deviation, days }: Daily, { ahead, grows }: { ahead: number; grows: boolean }): Band {
  const width = Z80 * deviation * Math.sqrt(ahead * (1 + ahead / (days - 1)))
  const expected = used + ahead * mean
  const [least, floor] = [expected - width, grows ? used : 0]
  return { expected: Math.round(Math.max(floor, expected)), low: Math.round(Math.max(floor, least)), high: Math.round(Math.max(floor, expected + width)) }
}

/** In how many days the expected use passes the limit; null: not within a year. */
export function daysUntil(limit: number, used: number, { mean }: Daily): number | null {
  if (used >= limit) return 0
  const days = mean > 0 ? Math.ceil((limit - used) / mean) : Number.POSITIVE_INFINITY
  return days <= 366 ? days : null
}
