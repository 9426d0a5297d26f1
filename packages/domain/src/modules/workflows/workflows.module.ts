import { createDefinitions } from './definitions.module.ts'
import { advanceRun } from './driver/advance-run.ts'
import { recordDecision } from './driver/record-decision.ts'
import { runEffects } from './driver/run-effects.ts'
import type { RunKey } from './runs.types.ts'
import type { WorkflowsDeps } from './workflows.deps.ts'
import { createWorkflowsRouter } from './workflows.router.ts'
import { createWorkflowsService } from './workflows.service.ts'
import { createWorkflowsSubscribers } from './workflows.subscribers.ts'

export function createWorkflowsModule(deps: WorkflowsDeps) {
  const service = createWorkflowsService(deps)
  const { definitions, router: definitionsRouter } = createDefinitions(deps)
  return {
    name: 'workflows',
    routers: { workflows: createWorkflowsRouter(service, definitionsRouter) },
    subscribers: createWorkflowsSubscribers(deps),
    definitions,
    ...service,
    /** What the worker's activities are made of. */
    driver: {
      advance: (run: RunKey) => advanceRun(deps, run),
      record: (run: RunKey, decisionId: string) => recordDecision(deps, run, decisionId),
      effects: (run: RunKey) => runEffects(deps, run),
    },
  } as const
}

export type WorkflowsModule = ReturnType<typeof createWorkflowsModule>
