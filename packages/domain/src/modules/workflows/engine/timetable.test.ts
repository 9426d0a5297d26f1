import type { Assignee, Duration, FlowCalendar } from '@intellidocs/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDuration } from './calendar.ts'
import { stage, flow } from './engine.testkit.ts'
import { MAX_REMINDERS, nextMoment, timetable, type TimedStage } from './timetable.ts'
import type { Done } from './types.ts'

const week = [1, 2, 3, 4, 5]
const calendar = (timezone: string, holidays: string[] = [], weekdays = week): FlowCalendar => ({ timezone, weekdays, holidays })
const utc = calendar('UTC')
const at = (text: string): number => Date.parse(text)
const HOUR = 3_600_000

describe('days of work', () => {
  test.each<[string, FlowCalendar, string, Duration, string]>([
    ['hours pass by the clock', utc, '2026-11-27T15:00:00Z', { hours: 72 }, '2026-11-30T15:00:00Z'],
    ['Friday to Monday', utc, '2026-11-27T15:00:00Z', { workingDays: 1 }, '2026-11-30T15:00:00Z'],
    ['Saturday to the end of Monday', utc, '2026-11-28T15:00:00Z', { workingDays: 1 }, '2026-12-01T00:00:00Z'],
    ['a holiday to the end of the next day', calendar('Europe/Berlin', ['2026-11-25']), '2026-11-25T15:00:00+01:00', { workingDays: 1 }, '2026-11-27T00:00:00+01:00'],
    ['over a holiday', calendar('UTC', ['2026-11-30']), '2026-11-27T15:00:00Z', { workingDays: 1 }, '2026-12-01T15:00:00Z'],
    ['a week', utc, '2026-11-25T08:30:00.250Z', { workingDays: 5 }, '2026-12-02T08:30:00.250Z'],
    ['weeks that work on Sundays', calendar('Asia/Jerusalem', [], [7, 1, 2, 3, 4]), '2026-11-26T10:00:00+02:00', { workingDays: 1 }, '2026-11-29T10:00:00+02:00'],
    ['the day is that of the zone', calendar('Pacific/Auckland'), '2026-11-26T12:00:00Z', { workingDays: 1 }, '2026-11-29T12:00:00Z'],
    ['clocks go forward: the same time of day', calendar('Europe/Berlin'), '2026-03-27T10:00:00+01:00', { workingDays: 1 }, '2026-03-30T10:00:00+02:00'],
    ['clocks go back: the same time of day', calendar('Europe/Berlin'), '2026-10-23T10:00:00+02:00', { workingDays: 1 }, '2026-10-26T10:00:00+01:00'],
    ['a time that the clocks jump over', calendar('Europe/Berlin', [], [6, 7]), '2026-03-28T02:30:00+01:00', { workingDays: 1 }, '2026-03-29T03:30:00+02:00'],
    ['a time that the clocks show twice', calendar('Europe/Berlin', [], [6, 7]), '2026-10-24T02:30:00+02:00', { workingDays: 1 }, '2026-10-25T02:30:00+02:00'],
    ['half-hour clocks', calendar('Australia/Lord_Howe', [], [6, 7]), '2026-04-04T01:45:00+11:00', { workingDays: 1 }, '2026-04-05T01:45:00+11:00'],
  ])('%s', (_, days, from, duration, to) => {
    expect(new Date(addDuration(days, at(from), duration)).toISOString()).toBe(new Date(to).toISOString())
  })

  test('before a moment they are counted back', () => {
    expect(addDuration(calendar('UTC', ['2026-11-27']), at('2026-11-30T09:00:00Z'), { workingDays: 2 }, -1)).toBe(at('2026-11-25T09:00:00Z'))
  })

  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Auckland', 'America/St_Johns', 'Africa/Casablanca', 'Pacific/Chatham')
  const moments = fc.integer({ min: at('1995-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z') })
  const clock = (zone: string, moment: number): { weekday: string; time: string } => {
    const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).formatToParts(moment)
    const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? ''
    return { weekday: part('weekday'), time: `${part('hour')}:${part('minute')}:${part('second')}` }
  }

  const secondsOf = (time: string): number => time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)

  test('in any zone and year a working day later is later, on a day of work, at the same time by the clock unless the clocks jump over it', () => {
    fc.assert(fc.property(zones, moments, fc.integer({ min: 1, max: 30 }), (zone, from, workingDays) => {
      const to = addDuration(calendar(zone), from, { workingDays })
      expect(to).toBeGreaterThan(from)
      const [before, after] = [clock(zone, from), clock(zone, to)]
      const began = ['Sat', 'Sun'].includes(before.weekday) ? '00:00:00' : before.time
      const jumped = secondsOf(after.time) - secondsOf(began)
      if (jumped !== 0) expect(clock(zone, to - jumped * 1000).time).not.toBe(began)
      expect(jumped).toBeGreaterThanOrEqual(0)
      expect(jumped).toBeLessThanOrEqual(3600)
      expect(['Sat', 'Sun'].includes(after.weekday) && began !== '00:00:00').toBe(false)
    }), { numRuns: 400 })
  })

  test('more working days are never earlier, and a later start never ends earlier', () => {
    fc.assert(fc.property(zones, moments, fc.nat(72 * HOUR), fc.integer({ min: 1, max: 40 }), (zone, from, later, workingDays) => {
      const end = addDuration(calendar(zone), from, { workingDays })
      expect(addDuration(calendar(zone), from, { workingDays: workingDays + 1 })).toBeGreaterThan(end)
      expect(addDuration(calendar(zone), from + later, { workingDays }) + HOUR).toBeGreaterThanOrEqual(end)
    }), { numRuns: 400 })
  })
})

const opened = at('2026-11-23T09:00:00Z')
const timed = (given: Parameters<typeof stage>[1]): TimedStage => {
  const [only] = flow([stage('a', given)]).stages
  if (only === undefined || 'parallel' in only) throw new Error('one stage')
  return only
}
const hoursAfter = (moments: readonly number[]): number[] => moments.map((moment) => (moment - opened) / HOUR)

describe('the timetable of a stage', () => {
  test('has reminders before the deadline and between, each moment once, and none at the end that ends the stage', () => {
    const table = timetable(timed({ deadline: { hours: 48 }, onDeadline: 'expire', reminders: [{ every: { hours: 12 } }, { before: { hours: 12 } }, { before: { hours: 1 } }] }), opened, utc)
    expect(table).toMatchObject({ dueAt: opened + 48 * HOUR, atDeadline: 'expire' })
    expect(hoursAfter(table.reminders)).toEqual([12, 24, 36, 47])
  })

  test('goes on reminding of what is overdue, with an end', () => {
    const table = timetable(timed({ deadline: { hours: 2 }, reminders: [{ every: { hours: 1 } }] }), opened, utc)
    expect(table.atDeadline).toBe(null)
    expect(hoursAfter(table.reminders)).toEqual(Array.from({ length: MAX_REMINDERS }, (_, n) => n + 1))
  })

  test('leaves out escalations that would come after the end', () => {
    const to = [{ role: 'owner' as const }]
    const escalation = [{ after: { hours: 30 }, to, how: 'add' as const }, { after: { workingDays: 1 }, to, how: 'replace' as const }, { after: { hours: 60 }, to, how: 'add' as const }]
    expect(timetable(timed({ deadline: { hours: 48 }, onDeadline: 'reject', escalation }), opened, utc).escalations).toEqual([{ at: opened + 24 * HOUR, index: 1 }, { at: opened + 30 * HOUR, index: 0 }])
  })
})

describe('what comes next of a timetable', () => {
  const nothing: Done = { remindedUntil: null, escalated: [] }
  const weekly = timetable(timed({ deadline: { hours: 100 }, onDeadline: 'expire', reminders: [{ every: { hours: 1 } }], escalation: [{ after: { hours: 50 }, to: [{ role: 'owner' }], how: 'add' }] }), opened, utc)

  test('seventy overdue reminders are one', () => {
    const now = opened + 70.5 * HOUR
    const done: Done = { ...nothing, escalated: [0] }
    const moment = nextMoment(weekly, now, done)
    expect(moment).toEqual({ kind: 'remind', at: opened + 70 * HOUR, until: opened + 70 * HOUR, overdue: false })
    expect(nextMoment(weekly, now, { ...done, remindedUntil: opened + 70 * HOUR })).toMatchObject({ kind: 'remind', at: opened + 71 * HOUR })
  })

  test('after the deadline nothing but its end', () => {
    expect(nextMoment(weekly, opened + 200 * HOUR, nothing)).toEqual({ kind: 'deadline', at: opened + 100 * HOUR, does: 'expire' })
  })

  test('nothing is left of a stage without any moment', () => {
    expect(nextMoment(timetable(timed({}), opened, utc), opened, nothing)).toBe(null)
  })

  test('whatever the outages, each escalation comes once, reminders never come twice, and all ends', () => {
    const durations = fc.oneof(fc.record({ hours: fc.integer({ min: 1, max: 200 }) }), fc.record({ workingDays: fc.integer({ min: 1, max: 20 }) }))
    const stages = fc.record({
      deadline: fc.option(durations, { nil: undefined }), onDeadline: fc.constantFrom('wait' as const, 'expire' as const, 'reject' as const),
      reminders: fc.array(fc.oneof(fc.record({ every: durations }), fc.record({ before: durations })), { maxLength: 3 }),
      escalation: fc.array(fc.record({ after: durations, to: fc.constant<Assignee[]>([{ role: 'owner' }]), how: fc.constant('add' as const) }), { maxLength: 3 }),
    })
    fc.assert(fc.property(stages, fc.array(fc.nat(60 * HOUR), { minLength: 1, maxLength: 10 }), (given, outages) => {
      const table = timetable({ ...given, deadline: given.deadline }, opened, calendar('Europe/Berlin'))
      let [now, done, count] = [opened, nothing, 0]
      const happened: number[] = []
      for (let moment = nextMoment(table, now, done); moment !== null; moment = nextMoment(table, now, done)) {
        now = Math.max(now, moment.at)
        if (moment.kind === 'deadline') break
        count += 1
        expect(count).toBeLessThanOrEqual(MAX_REMINDERS + 3)
        if (moment.kind === 'escalate') {
          expect(done.escalated).not.toContain(moment.index)
          done = { ...done, escalated: [...done.escalated, moment.index] }
        } else {
          expect(moment.until).toBeGreaterThan(done.remindedUntil ?? 0)
          expect(happened).not.toContain(now)
          happened.push(now)
          done = { ...done, remindedUntil: moment.until }
        }
        now += outages[count % outages.length] ?? 0
      }
      if (table.atDeadline === null) expect(done.escalated).toHaveLength(given.escalation.length)
    }), { numRuns: 200 })
  })
})
