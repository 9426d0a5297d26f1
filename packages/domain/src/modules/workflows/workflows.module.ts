import { createCertificates } from './certificates/certificates.ts'
import { createDefinitions } from './definitions.module.ts'
import { advanceRun } from './driver/advance-run.ts'
import { recordDecision } from './driver/record-decision.ts'
import { runEffects } from './driver/run-effects.ts'
import type { RunKey, RunsGateway } from './runs.types.ts'
import { reconcileRuns, resendDecisions, stirStranded } from './use-cases/reconcile-runs.ts'
import { tellOverdue } from './use-cases/tell-overdue.ts'
import { withdrawAsInstallation } from './use-cases/withdraw-run.ts'
import type { WorkflowsDeps } from './workflows.deps.ts'
import { createWorkflowsRouter } from './workflows.router.ts'
import { createWorkflowsService } from './workflows.service.ts'
import { createWorkflowsSubscribers } from './workflows.subscribers.ts'

export function createWorkflowsModule(deps: WorkflowsDeps) {
  const service = createWorkflowsService(deps)
  const certificates = createCertificates(deps)
  const { definitions, router: definitionsRouter } = createDefinitions(deps)
  return {
    name: 'workflows',
    routers: { workflows: createWorkflowsRouter({ ...service, certificates }, definitionsRouter) },
    subscribers: createWorkflowsSubscribers(deps),
    definitions,
    ...service,
    /** What runs came to, signed. */
    certificates,
    /** What the worker's activities are made of. */
    driver: {
      advance: (run: RunKey) => advanceRun(deps, run),
      record: (run: RunKey, decisionId: string) => recordDecision(deps, run, decisionId),
      effects: (run: RunKey) => runEffects(deps, run),
      tellOverdue: (beat: () => void) => tellOverdue(deps, beat),
    },
    /** For the administrators of the installation. */
    administration: { withdraw: (run: RunKey) => withdrawAsInstallation(deps, run) },
    /** For the worker: what makes rows and Temporal fit together whatever was lost. See `use-cases/reconcile-runs.ts`. */
    chores: {
      reconcile: (gateway: RunsGateway, options: { olderThanMs: number; signal: AbortSignal }) => reconcileRuns(deps, gateway, options),
      stirStranded: (gateway: RunsGateway, signal: AbortSignal) => stirStranded(deps, gateway, signal),
      resendDecisions: (options: { olderThanMs: number; signal: AbortSignal }) => resendDecisions(deps, options),
    },
  } as const
}

export type WorkflowsModule = ReturnType<typeof createWorkflowsModule>
