export { createWorkflowsModule } from './workflows.module.ts'
export type { DecisionsGateway, RunsGateway } from './runs.types.ts'
export { isApprovalSummary } from './temporal/summaries.ts'
