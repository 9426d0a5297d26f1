export { isCheckSummary } from './temporal/summaries.ts'
export { createAdminModule } from './admin.module.ts'
export type { Checks } from './health.service.ts'
