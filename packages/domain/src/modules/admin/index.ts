export { isCheckSummary } from './temporal/summaries.ts'
export { createSwitches } from './switches.service.ts'
export { createAdminModule } from './admin.module.ts'
export type { Checks } from './health.service.ts'
