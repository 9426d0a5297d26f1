import type { ApprovalActivities } from './activities.types.ts'
import type { WorkflowsModule } from '../workflows.module.ts'

export const createApprovalActivities = ({ driver }: Pick<WorkflowsModule, 'driver'>): ApprovalActivities => ({
  advanceRun: (run) => driver.advance(run),
  recordDecision: (run, decisionId) => driver.record(run, decisionId),
  runEffects: (run) => driver.effects(run),
})
