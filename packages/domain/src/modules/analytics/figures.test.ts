import { describe, expect, test } from 'vitest'
import { binOf, msOf, percentileOf, RELATIVE_ERROR } from './histogram.ts'
import { measure, timesOf } from './timings.ts'
import { bucketOf, bucketsOf, daysOf, periodBefore, periodOf, wholeMonths } from './periods.ts'

describe('the histogram of times', () => {
  test('tells each time with no more than its stated error, from a millisecond to years', () => {
    for (let ms = 1; ms < 3e11; ms = ms * 1.013 + 1) expect(Math.abs(msOf(binOf(ms)) - ms) / ms).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9)
    expect([binOf(0), binOf(-5), msOf(0)]).toEqual([0, 0, 1])
  })
  test('tells percentiles as sorting the times would, within that error, and of sums of histograms as well', () => {
    const times = Array.from({ length: 1_000 }, (_, n) => 20 + (n * 7919) % 5_000)
    const bins = new Map<number, number>()
    for (const ms of times) bins.set(binOf(ms), (bins.get(binOf(ms)) ?? 0) + 1)
    const exact = times.toSorted((a, b) => a - b)
    for (const part of [0.5, 0.95, 1]) {
      const [told, sorted] = [percentileOf(bins, part) ?? 0, exact[Math.ceil(exact.length * part) - 1] ?? 0]
      expect(Math.abs(told - sorted) / sorted).toBeLessThan(RELATIVE_ERROR + 0.01)
    }
    expect(percentileOf(new Map(), 0.5)).toBeNull()
  })
  test('never tells a time that is longer than the longest', () => {
    for (const ms of [137, 4_820, 15_200, 86_399_999]) {
      const measured = measure([{ metric: 'flows.cycle', dim: '', n: 1, total: ms, peak: ms, bins: new Map([[binOf(ms), 1]]) }])
      const { p50Ms, p95Ms, maxMs } = timesOf(measured, 'flows.cycle')
      expect([(p50Ms ?? 0) <= ms, (p95Ms ?? 0) <= ms, maxMs]).toEqual([true, true, ms])
    }
  })
})

describe('periods', () => {
  test('are the last thirty days where nothing is said, and as long before', () => {
    const period = periodOf({ grain: 'day' }, '2026-03-10')
    expect(period).toEqual({ from: '2026-02-09', to: '2026-03-10', grain: 'day' })
    expect([daysOf(period), periodBefore(period)]).toEqual([30, { from: '2026-01-10', to: '2026-02-08', grain: 'day' }])
  })
  test('of one day are one day, and of a day to come begin and end there', () => {
    expect(periodOf({ from: '2026-05-01', to: '2026-05-01', grain: 'day' }, '2026-03-10')).toEqual({ from: '2026-05-01', to: '2026-05-01', grain: 'day' })
    expect(periodOf({ from: '2026-05-01', grain: 'day' }, '2026-03-10').to).toBe('2026-05-01')
  })
  test('are whole months and the days around them, each day once', () => {
    expect(wholeMonths({ from: '2026-01-31', to: '2026-04-01' })).toEqual({
      months: { from: '2026-02-01', to: '2026-03-01' }, days: [{ from: '2026-01-31', to: '2026-01-31' }, { from: '2026-04-01', to: '2026-04-01' }],
    })
    expect(wholeMonths({ from: '2026-02-01', to: '2026-02-28' })).toEqual({ months: { from: '2026-02-01', to: '2026-02-01' }, days: [] })
    expect(wholeMonths({ from: '2026-02-02', to: '2026-03-30' })).toEqual({ months: null, days: [{ from: '2026-02-02', to: '2026-03-30' }] })
  })
  test('fall into weeks from Monday and into months', () => {
    expect(['2026-11-29', '2026-11-30'].map((day) => bucketOf(day, 'week'))).toEqual(['2026-11-23', '2026-11-30'])
    expect(bucketsOf({ from: '2026-12-30', to: '2027-02-01', grain: 'month' })).toEqual(['2026-12-01', '2027-01-01', '2027-02-01'])
  })
})
