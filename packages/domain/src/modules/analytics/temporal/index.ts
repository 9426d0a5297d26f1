export { createAnalyticsActivities } from './activities.ts'
export type { AnalyticsActivities } from './activities.types.ts'
export { gaugesSchedule } from './gauges-schedule.ts'
