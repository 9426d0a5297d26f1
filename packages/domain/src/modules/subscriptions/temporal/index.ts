export { createUsageActivities } from './activities.ts'
export type { UsageActivities } from './activities.types.ts'
export { ensureUsageSchedule } from './usage-schedule.ts'
