import type { FlowTask, FlowTaskId, UserId } from '@intellidocs/contracts'
import { AppError, type Actor, type Tx } from '@intellidocs/kernel'
import { handOn, takerOf } from '../driver/hand-on.ts'
import { holdRun, type Work } from '../driver/work.ts'
import { loadTask, toTask } from '../load-run.ts'
import type { ListedTask } from '../lists.repository.ts'
import { findTask } from '../tasks.repository.ts'
import type { TaskRow } from '../runs.types.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'

type HandOn = { readonly id: FlowTaskId; readonly to: UserId; readonly reason?: string | undefined }

/**
 * One's own task, to somebody whom the flow allows. @throws AppError task.not_found, auth.forbidden (somebody else's), task.decided, task.closed, run.over, task.delegate
 */
export const delegateOne = (deps: WorkflowsDeps, actor: Actor, input: HandOn): Promise<FlowTask> => change(deps, actor, { input, why: 'delegated' })

/**
 * Anybody's: by who manages flows to anybody, and by who manages the document to somebody whom the flow allows; under four eyes not by those whom they bar, who would choose
 * their judge. @throws AppError the same
 */
export const reassignTask = (deps: WorkflowsDeps, actor: Actor, input: HandOn): Promise<FlowTask> => change(deps, actor, { input, why: 'reassigned' })

type Change = { readonly input: HandOn; readonly why: 'delegated' | 'reassigned' }

function change(deps: WorkflowsDeps, actor: Actor, { input, why }: Change): Promise<FlowTask> {
  return deps.runInTx(actor, async (tx) => {
    const listed = await loadTask(tx, actor, input.id)
    await mustBeTheirs(deps, tx, { actor, listed, why })
    const { work, task } = await hold(deps, tx, { actor, listed })
    const free = why === 'reassigned' && actor.permissions.has('flows:manage')
    if (why === 'reassigned' && !free && work.barred.has(actor.userId)) throw new AppError('auth.forbidden')
    const userId = await takerOf(work, task, { to: input.to, free })
    const id = await handOn(work, task, { step: listed, to: { userId, why, forId: null, byId: actor.userId, note: input.reason ?? null } })
    return toTask(await loadTask(tx, actor, id), work.at)
  })
}

async function mustBeTheirs(deps: WorkflowsDeps, tx: Tx, { actor, listed, why }: { actor: Actor; listed: ListedTask; why: Change['why'] }): Promise<void> {
  const may = why === 'delegated' ? listed.assigneeId === actor.userId
    : actor.permissions.has('flows:manage') || await deps.documents.level(tx, actor, listed.documentId) === 'manage'
  if (!may) throw new AppError('auth.forbidden')
}

async function hold(deps: WorkflowsDeps, tx: Tx, { actor, listed }: { actor: Actor; listed: ListedTask }): Promise<{ work: Work; task: TaskRow }> {
  const held = await holdRun(deps, tx, { orgId: actor.orgId, runId: listed.runId, documentId: listed.documentId })
  const task = await findTask(tx, { orgId: actor.orgId, taskId: listed.id })
  if (held === null || task === null) throw new AppError('task.not_found')
  if (task.state === 'decided') throw new AppError('task.decided', { details: { decidedBy: task.assigneeId, verdict: task.decision, at: task.endedAt?.toISOString() ?? null } })
  if (held.run.endedAt !== null) throw new AppError('run.over', { details: { state: held.run.state } })
  if (task.state === 'closed') throw new AppError('task.closed')
  return { work: { ...held, deps, tx, actor }, task }
}
