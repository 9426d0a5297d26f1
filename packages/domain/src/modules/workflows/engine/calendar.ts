import type { Duration, FlowCalendar } from '@intellidocs/contracts'

/**
 * Days of work and moments in a time zone. What it answers depends on the table of time zones that the process has: ask it where the answer is kept in a row,
 * and never while a history is replayed.
 */
const HOUR = 3_600_000
const DAY = 24 * HOUR
type LocalTime = { readonly day: number; readonly time: number }

const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  })
  formats.set(zone, made)
  return made
}

/** How far the clocks of the zone are ahead of UTC at a moment, in milliseconds. */
function offsetAt(zone: string, at: number): number {
  const parts = new Map(formatOf(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return local - Math.floor(at / 1000) * 1000
}

/** `day` counts from 1970-01-01 by the clocks of the zone, `time` is milliseconds of that day. */
function localOf(zone: string, at: number): LocalTime {
  const local = at + offsetAt(zone, at)
  const day = Math.floor(local / DAY)
  return { day, time: local - day * DAY }
}

/** When the clocks of the zone show it: the first time where they show it twice, and as much later as they jump where they never do. */
function momentOf(zone: string, { day, time }: LocalTime): number {
  const local = day * DAY + time
  const [before, after] = [offsetAt(zone, local - DAY), offsetAt(zone, local + DAY)]
  if (before === after) return local - before
  const shown = [local - before, local - after].filter((at) => at + offsetAt(zone, at) === local)
  return shown.length === 0 ? local - before : Math.min(...shown)
}

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY
/** 1970-01-01 was a Thursday; 1 is Monday. */
const weekdayOf = (day: number): number => ((day + 3) % 7 + 7) % 7 + 1

type Days = { readonly worked: (day: number) => boolean }
function daysOf({ weekdays, holidays }: FlowCalendar): Days {
  const free = new Set(holidays.map(dayOf))
  return { worked: (day) => weekdays.includes(weekdayOf(day)) && !free.has(day) }
}

/** Steps over days of work, forward or back. */
function workday({ worked }: Days, from: number, days: number): number {
  const step = Math.sign(days)
  let day = from
  for (let left = Math.abs(days); left > 0;) {
    day += step
    if (worked(day)) left -= 1
  }
  return day
}

/**
 * A duration after a moment, or before it with -1. Hours pass by the clock. A day of work ends at the same time of day by the clocks of the
 * calendar's zone, on the next of its days: from Friday 15:00 one of them leads to Monday 15:00. What begins on a free day begins with the next day of work:
 * from Saturday 15:00 one leads to the end of Monday.
 */
export function addDuration(calendar: FlowCalendar, from: number, duration: Duration, times: 1 | -1 = 1): number {
  const [moment] = every(calendar, from, { duration, times })
  return moment ?? from
}

/** The moments one duration after the other, without end; backwards for -1. */
export function* every(calendar: FlowCalendar, from: number, { duration, times = 1 }: { duration: Duration; times?: 1 | -1 }): Generator<number, never> {
  if ('hours' in duration) for (let count = 1; ; count += 1) yield from + Math.round(duration.hours * HOUR) * times * count
  const days = daysOf(calendar)
  const local = localOf(calendar.timezone, from)
  const begun = days.worked(local.day) ? local : { day: workday(days, local.day, 1), time: 0 }
  for (let { day } = begun; ;) {
    day = workday(days, day, duration.workingDays * times)
    yield momentOf(calendar.timezone, { day, time: begun.time })
  }
}
