export { createRetentionModule } from './retention.module.ts'
export { isRetentionSummary } from './temporal/summaries.ts'
