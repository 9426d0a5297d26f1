export { createWorkflowsModule } from './workflows.module.ts'
