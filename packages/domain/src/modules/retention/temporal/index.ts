export { createRetentionActivities } from './activities.ts'
export type { RetentionActivities } from './activities.types.ts'
export { ensureSweepSchedule } from './sweep-schedule.ts'
