export { createAnalyticsModule } from './analytics.module.ts'
export { isAnalyticsSummary } from './temporal/summaries.ts'
