import { createCertificateActivities } from '../certificates/certificates.activities.ts'
import type { ApprovalActivities } from './activities.types.ts'
import type { WorkflowsModule } from '../workflows.module.ts'

export const createApprovalActivities = ({ driver, certificates }: Pick<WorkflowsModule, 'driver' | 'certificates'>): ApprovalActivities => ({
  advanceRun: (run) => driver.advance(run),
  recordDecision: (run, decisionId) => driver.record(run, decisionId),
  runEffects: (run) => driver.effects(run),
  ...createCertificateActivities(certificates),
})
