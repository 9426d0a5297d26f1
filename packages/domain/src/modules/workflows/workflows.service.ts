import type { Actor } from '@intellidocs/kernel'
import { commentRun } from './use-cases/comment-run.ts'
import { delegateTask, listDelegations, revokeDelegation } from './use-cases/delegations.ts'
import { decideTask } from './use-cases/decide-task.ts'
import { reassignTask } from './use-cases/hand-on-task.ts'
import { getRun, listRuns, listTasks } from './use-cases/read-runs.ts'
import { startRun } from './use-cases/start-run.ts'
import { withdrawRun } from './use-cases/withdraw-run.ts'
import type { WorkflowsDeps } from './workflows.deps.ts'

type UseCase<Input, Output> = (deps: WorkflowsDeps, actor: Actor, input: Input) => Promise<Output>

/** The use cases with their dependencies given; each is documented in `use-cases/`. */
export function createWorkflowsService(deps: WorkflowsDeps) {
  const on = <Input, Output>(useCase: UseCase<Input, Output>) => (actor: Actor, input: Input): Promise<Output> => useCase(deps, actor, input)
  return {
    runs: { start: on(startRun), list: on(listRuns), get: on(getRun), withdraw: on(withdrawRun), comment: on(commentRun) },
    tasks: {
      list: on(listTasks), decide: on(decideTask), delegate: on(delegateTask), reassign: on(reassignTask),
      delegations: { list: on(listDelegations), revoke: on(revokeDelegation) },
    },
  }
}

export type WorkflowsService = ReturnType<typeof createWorkflowsService>
