import type { FlowCalendar, FlowStage } from '@intellidocs/contracts'
import { addDuration, every } from './calendar.ts'
import type { Done, Moment, Timetable } from './types.ts'

/** Of one stage in one round: enough for a year of weeks and then some, and an end for what nobody ever answers. */
export const MAX_REMINDERS = 100

export type TimedStage = Pick<FlowStage, 'deadline' | 'reminders' | 'escalation' | 'onDeadline'>

/** Ascending, each once; the first of those that come again and again with those that come once. They end where the stage does. */
function remindersOf(stage: TimedStage, { openedAt, dueAt, end }: { openedAt: number; dueAt: number | null; end: number }, calendar: FlowCalendar): number[] {
  const again = stage.reminders.flatMap((reminder) => ('every' in reminder ? [every(calendar, openedAt, { duration: reminder.every })] : []))
    .map((moments) => ({ moments, next: moments.next().value }))
  const found = new Set(stage.reminders.flatMap((reminder) => ('before' in reminder && dueAt !== null ? [addDuration(calendar, dueAt, reminder.before, -1)] : []))
    .filter((at) => at > openedAt && at < end))
  for (let count = 0; count < MAX_REMINDERS; count += 1) {
    const first = again.toSorted((a, b) => a.next - b.next)[0]
    if (first === undefined || first.next >= end) break
    found.add(first.next)
    first.next = first.moments.next().value
  }
  return [...found].toSorted((a, b) => a - b).slice(0, MAX_REMINDERS)
}

/** The moments of a stage that was opened at `openedAt`. What would come at or after the end of a deadline that ends the stage does not come. */
export function timetable(stage: TimedStage, openedAt: number, calendar: FlowCalendar): Timetable {
  const dueAt = stage.deadline === undefined ? null : addDuration(calendar, openedAt, stage.deadline)
  const atDeadline = dueAt === null || stage.onDeadline === 'wait' ? null : stage.onDeadline
  const end = atDeadline === null || dueAt === null ? Infinity : dueAt
  const reminders = remindersOf(stage, { openedAt, dueAt, end }, calendar)
  const escalations = stage.escalation
    .map(({ after }, index) => ({ at: addDuration(calendar, openedAt, after), index }))
    .filter(({ at }) => at < end).toSorted((a, b) => a.at - b.at || a.index - b.index)
  return { dueAt, atDeadline, reminders, escalations }
}

/**
 * What to do next of a timetable, now or at its moment; null when all is done. The end of the deadline goes before all else that is overdue, and all overdue
 * reminders are one.
 */
export function nextMoment({ dueAt, atDeadline, reminders, escalations }: Timetable, now: number, done: Done): Moment | null {
  const deadline: Moment[] = dueAt === null || atDeadline === null ? [] : [{ kind: 'deadline', at: dueAt, does: atDeadline }]
  if (deadline[0] !== undefined && deadline[0].at <= now) return deadline[0]
  const escalation = escalations.find(({ index }) => !done.escalated.includes(index))
  const pending = reminders.filter((at) => done.remindedUntil === null || at > done.remindedUntil)
  const reminder = pending.findLast((at) => at <= now) ?? pending[0]
  const moments: Moment[] = [
    ...deadline,
    ...(escalation === undefined ? [] : [{ kind: 'escalate' as const, ...escalation }]),
    ...(reminder === undefined ? [] : [{ kind: 'remind' as const, at: reminder, until: reminder, overdue: dueAt !== null && Math.max(now, reminder) >= dueAt }]),
  ]
  return moments.toSorted((a, b) => Math.max(a.at, now) - Math.max(b.at, now))[0] ?? null
}
