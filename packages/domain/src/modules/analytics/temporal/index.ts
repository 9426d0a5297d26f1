export { createAnalyticsActivities } from './activities.ts'
export type { AnalyticsActivities } from './activities.types.ts'
export { ensureGaugesSchedule } from './gauges-schedule.ts'
