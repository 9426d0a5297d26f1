export { createOrgsModule } from './orgs.module.ts'
export { isPurgeSummary } from './temporal/summaries.ts'
export type { PurgeGateway } from './purge.types.ts'
export { unlessTaken } from './unless-taken.ts'
