import { newId, subscriber, systemActor, type Subscriber } from '@intellidocs/kernel'
import { findRun } from './runs.repository.ts'
import type { RunsGateway } from './runs.types.ts'
import type { WorkflowsDeps } from './workflows.deps.ts'

/** Every process lists these, so that deliveries are written for them; only the worker, which has a gateway, is handed any. */
export function createWorkflowsSubscribers(deps: WorkflowsDeps): Subscriber[] {
  return [driveRuns(deps)]
}

function gatewayOf(deps: WorkflowsDeps): RunsGateway {
  if (deps.runs === undefined) throw new Error('this process has no way to Temporal and must not run subscribers')
  return deps.runs
}

/**
 * A run that was started is begun on Temporal, and one that somebody withdrew ends there too; what ends by itself needs no telling. A second delivery finds it begun, or over.
 */
const driveRuns = (deps: WorkflowsDeps): Subscriber => subscriber({
  name: 'workflows.drive-runs',
  events: ['workflows.run-started.v1', 'workflows.run-ended.v1'],
  handle: async ({ orgId, type, payload }) => {
    const { runId, documentId } = payload
    if (type === 'workflows.run-ended.v1') {
      if (payload.outcome === 'withdrawn' && await gatewayOf(deps).isOpen(runId)) await gatewayOf(deps).stir({ orgId, runId, documentId })
      return
    }
    const run = await deps.runInTx(systemActor(orgId, newId()), (tx) => findRun(tx, { orgId, runId }), { readOnly: true })
    if (run !== null && (run.endedAt === null || run.effectsLeft > 0)) await gatewayOf(deps).stir({ orgId, runId, documentId })
  },
})
