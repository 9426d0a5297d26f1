import { dayAfter } from './periods.ts'

/** The months in which somebody was active, in their order; bit 0 of `days` is the first day of `month`, and so on. */
export type ActiveMonths = readonly { readonly month: string; readonly days: number }[]

const DAYS = Array.from({ length: 31 }, (_, day) => day)

/** How many people were active in each bucket, once each however often; `bucketOf` a day, null: in none. Buckets follow each other as their days do. */
export function peopleIn(people: readonly ActiveMonths[], bucketOf: (day: string) => string | null): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const buckets = new Map<string, readonly (string | null)[]>()
  const bucketsOfMonth = (month: string): readonly (string | null)[] => {
    const known = buckets.get(month) ?? DAYS.map((day) => bucketOf(dayAfter(month, day)))
    buckets.set(month, known)
    return known
  }
  for (const months of people) {
    let last: string | null = null
    for (const { month, days } of months) {
      const of = bucketsOfMonth(month)
      for (let left = days; left !== 0; left &= left - 1) {
        const bucket = of[31 - Math.clz32(left & -left)] ?? null
        if (bucket !== null && bucket !== last) counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
        last = bucket ?? last
      }
    }
  }
  return counts
}
