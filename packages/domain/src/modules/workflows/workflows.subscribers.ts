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

/** A run that was started is begun on Temporal, and one that was ended from outside ends there too. A second delivery finds it begun, or over. */
const driveRuns = (deps: WorkflowsDeps): Subscriber => subscriber({
  name: 'workflows.drive-runs',
  events: ['workflows.run-started.v1', 'workflows.run-ended.v1'],
  handle: async ({ orgId, type, payload: { runId, documentId } }) => {
    const run = await deps.runInTx(systemActor(orgId, newId()), (tx) => findRun(tx, { orgId, runId }), { readOnly: true })
    const isDriven = run !== null && (run.endedAt === null || run.effectsLeft > 0)
    if (isDriven || (run !== null && type === 'workflows.run-ended.v1' && await gatewayOf(deps).isOpen(runId))) await gatewayOf(deps).stir({ orgId, runId, documentId })
  },
})
