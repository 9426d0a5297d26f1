import type { FlowRunId, FlowTask, Page, Run, RunDetails, RunState, DocumentId, FlowId } from '@intellidocs/contracts'
import { runStates } from '@intellidocs/contracts'
import { decodeCursor, pageOf, type Actor, type PageInput } from '@intellidocs/kernel'
import { z } from 'zod'
import { listComments } from '../comments.repository.ts'
import { listEffects } from '../effects.repository.ts'
import { placedStages } from '../engine/stages.ts'
import { countTasks, selectRuns, selectTasks, selectTasksOf, type TaskFilter } from '../lists.repository.ts'
import { loadRunRow, toRun, toTask } from '../load-run.ts'
import { toComment } from './comment-run.ts'
import { listSteps, specOf } from '../runs.repository.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'

const OPEN: readonly RunState[] = ['queued', 'running', 'waiting']
const after = (cursor: string | undefined): string | null => (cursor === undefined ? null : decodeCursor(z.uuid(), cursor))
const COMMENTS = 200

type RunsAsked = PageInput & {
  readonly documentId?: DocumentId | undefined; readonly flowId?: FlowId | undefined; readonly state?: RunState | 'open' | 'over' | undefined; readonly mine?: boolean | undefined
}

function statesOf(state: RunsAsked['state']): readonly RunState[] | null {
  if (state === undefined) return null
  if (state === 'open') return OPEN
  return state === 'over' ? runStates.filter((each) => !OPEN.includes(each)) : [state]
}

/** @throws AppError input.cursor */
export async function listRuns(deps: WorkflowsDeps, actor: Actor, input: RunsAsked): Promise<Page<Run>> {
  const below = after(input.cursor)
  const filter = { documentId: input.documentId ?? null, flowId: input.flowId ?? null, states: statesOf(input.state), requesterId: input.mine === true ? actor.userId : null }
  const rows = await deps.runInTx(actor, (tx) => selectRuns(tx, actor, { filter, below, limit: input.limit + 1 }), { readOnly: true })
  return pageOf(rows, input.limit, { item: toRun, key: ({ id }) => id })
}

/** @throws AppError run.not_found */
export function getRun(deps: WorkflowsDeps, actor: Actor, { id }: { id: FlowRunId }): Promise<RunDetails> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadRunRow(tx, actor, id)
    const of = { orgId: actor.orgId, runId: id }
    const spec = await specOf(tx, { orgId: actor.orgId, flowId: row.flowId, version: row.flowVersion })
    const names = new Map(placedStages(spec).map(({ stage }) => [stage.key, stage.name]))
    const tasks = await selectTasksOf(tx, actor, id)
    const [steps, comments, done] = [await listSteps(tx, of), await listComments(tx, actor, { runId: id, limit: COMMENTS }), await listEffects(tx, of)]
    const now = deps.clock.now()
    const effects = row.state === 'approved' || row.state === 'rejected' || row.state === 'expired' ? spec.effects[row.state] : []
    return {
      ...toRun(row),
      steps: steps.map((step) => ({
        stage: step.stage, name: names.get(step.stage) ?? step.stage, round: step.round, state: step.state, counts: step.counts, openedAt: step.openedAt.toISOString(),
        closedAt: step.closedAt?.toISOString() ?? null, dueAt: step.dueAt?.toISOString() ?? null,
        tasks: tasks.filter(({ stepId }) => stepId === step.id).map((task): FlowTask => toTask(task, now)),
      })),
      comments: comments.map(toComment),
      effects: effects.map((effect, ordinal) => {
        const noted = done.find((each) => each.ordinal === ordinal)
        return { ordinal, does: effect.do, state: noted === undefined ? 'waiting' : noted.fault === null ? 'done' : 'failed', fault: noted?.fault ?? null }
      }),
    }
  }, { readOnly: true })
}

type TasksAsked = PageInput & Pick<TaskFilter, 'state'> & { readonly documentId?: DocumentId | undefined; readonly flowId?: FlowId | undefined; readonly overdue?: true | undefined }
export type Inbox = Page<FlowTask> & { counts: { open: number; overdue: number } }

/** @throws AppError input.cursor */
export async function listTasks(deps: WorkflowsDeps, actor: Actor, input: TasksAsked): Promise<Inbox> {
  const below = after(input.cursor)
  const now = deps.clock.now()
  const filter: TaskFilter = { state: input.state, documentId: input.documentId ?? null, flowId: input.flowId ?? null, overdueAt: input.overdue === true ? now : null }
  return deps.runInTx(actor, async (tx) => {
    const rows = await selectTasks(tx, actor, { filter, below, limit: input.limit + 1 })
    return { ...pageOf(rows, input.limit, { item: (row) => toTask(row, now), key: ({ id }) => id }), counts: await countTasks(tx, actor, now) }
  }, { readOnly: true })
}
