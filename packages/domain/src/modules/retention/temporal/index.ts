export { createRetentionActivities } from './activities.ts'
export type { RetentionActivities } from './activities.types.ts'
export { sweepSchedule } from './sweep-schedule.ts'
