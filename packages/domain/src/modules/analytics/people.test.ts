import { expect, test } from 'vitest'
import { binsOf, unpacked } from './packing.ts'
import { peopleIn } from './people.ts'
import { bucketOf, dayAfter, isIn } from './periods.ts'

test('people are counted once a bucket, by the days themselves, whatever they are and wherever months end', () => {
  const days = Array.from({ length: 120 }, (_, n) => dayAfter('2026-01-10', n))
  const active = Array.from({ length: 40 }, (_, person) => days.filter((_, n) => (n * 7 + person * person) % (person + 2) === 0))
  const people = active.map((of) => [...Map.groupBy(of, (day) => `${day.slice(0, 7)}-01`)]
    .map(([month, its]) => ({ month, days: its.reduce((bits, day) => bits | 1 << Number(day.slice(8)) - 1, 0) })))
  const period = { from: '2026-01-31', to: '2026-04-03' }
  for (const grain of ['day', 'week', 'month'] as const) {
    const bucket = (day: string) => (isIn(period, day) ? bucketOf(day, grain) : null)
    const byHand = new Map<string, number>()
    for (const of of active) for (const at of new Set(of.map(bucket))) if (at !== null) byHand.set(at, (byHand.get(at) ?? 0) + 1)
    expect(new Map(peopleIn(people, bucket))).toEqual(byHand)
  }
})

test('what is told as one text is what it was', () => {
  expect(unpacked('2026-01-01 1 2;2026-01-02 3 4')).toEqual([['2026-01-01', '1', '2'], ['2026-01-02', '3', '4']])
  expect([...binsOf('3:1,,2;0:5;5:1')].toSorted(([a], [b]) => a - b)).toEqual([[0, 5], [3, 1], [5, 3]])
  expect(binsOf(null).size).toBe(0)
})
