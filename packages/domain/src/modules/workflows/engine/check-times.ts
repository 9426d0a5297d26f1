import type { Duration, FlowFault } from '@intellidocs/contracts'
import type { PlacedStage } from './types.ts'

/** Whether the one is as long as the other or longer; false where that depends on the calendar. */
function reaches(one: Duration, other: Duration): boolean {
  if ('hours' in one) return 'hours' in other && one.hours >= other.hours
  return 'workingDays' in other && one.workingDays >= other.workingDays
}

function faultsOf({ stage, path }: PlacedStage): FlowFault[] {
  const { deadline, onDeadline, reminders, escalation } = stage
  if (deadline === undefined) {
    const befores = reminders.flatMap((reminder, at) => ('before' in reminder ? [{ path: `${path}.reminders.${at}.before`, message: 'there is no deadline that it could come before' }] : []))
    return onDeadline === 'wait' ? befores : [...befores, { path: `${path}.onDeadline`, message: 'there is no deadline' }]
  }
  const early = reminders.flatMap((reminder, at) => ('before' in reminder && reaches(reminder.before, deadline)
    ? [{ path: `${path}.reminders.${at}.before`, message: 'it would come before anybody is asked' }] : []))
  if (onDeadline === 'wait') return early
  const never = 'the deadline ends the stage before it comes'
  const lateReminders = reminders.flatMap((reminder, at) => ('every' in reminder && reaches(reminder.every, deadline) ? [{ path: `${path}.reminders.${at}.every`, message: never }] : []))
  const late = escalation.flatMap(({ after }, at) => (reaches(after, deadline) ? [{ path: `${path}.escalation.${at}.after`, message: never }] : []))
  return [...early, ...lateReminders, ...late]
}

/** Reminders, deadlines and escalations that never come. */
export const checkTimes = (places: readonly PlacedStage[]): FlowFault[] => places.flatMap(faultsOf)
