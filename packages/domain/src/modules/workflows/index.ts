export { createWorkflowsModule, type WorkflowsModule } from './workflows.module.ts'
export type { RunsGateway } from './runs.types.ts'
export { isApprovalSummary } from './temporal/summaries.ts'
