import { Context } from '@temporalio/activity'
import { createCertificateActivities } from '../certificates/certificates.activities.ts'
import type { WorkflowsModule } from '../workflows.module.ts'
import type { ApprovalActivities, DigestActivities } from './activities.types.ts'

export const createApprovalActivities = ({ driver, certificates }: Pick<WorkflowsModule, 'driver' | 'certificates'>): ApprovalActivities & DigestActivities => ({
  advanceRun: (run) => driver.advance(run),
  recordDecision: (run, decisionId) => driver.record(run, decisionId),
  runEffects: (run) => driver.effects(run),
  ...createCertificateActivities(certificates),
  tellOverdue: () => driver.tellOverdue(beatOf(Context.current())),
})

/** A heartbeat, and the end of the work once the worker goes. */
const beatOf = (context: Context) => (): void => {
  context.heartbeat()
  if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason
}
