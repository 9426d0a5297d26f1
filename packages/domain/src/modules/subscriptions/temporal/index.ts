export { createUsageActivities } from './activities.ts'
export type { UsageActivities } from './activities.types.ts'
export { usageSchedule } from './usage-schedule.ts'
