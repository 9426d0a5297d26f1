import type { FlowTaskId, UserId } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import type { StageRef } from '../engine/types.ts'
import { closeTasks, insertTasks, listTasksOf, type NewTask } from '../tasks.repository.ts'
import type { TaskRow } from '../runs.types.ts'
import { tellAssigned, tellClosed } from './events.ts'
import { tasksFor } from './open-stage.ts'
import { askable, follow, standIns, takersAmong, type Chosen } from './people.ts'
import type { Work } from './work.ts'

type To = Chosen & { readonly byId?: UserId; readonly note?: string | null }

/** The task goes to somebody else: this one is closed, and theirs takes its place, about the same bytes and with the same time. */
export async function handOn(work: Work, task: TaskRow, { step, to }: { step: StageRef; to: To }): Promise<FlowTaskId> {
  await closeTasks(work.tx, work.run.orgId, { ids: [task.id], why: 'moved', at: work.at })
  await tellClosed(work, [task], 'moved')
  const place = { stepId: task.stepId, dueAt: task.dueAt, from: task, byId: to.byId ?? null, note: to.note ?? null }
  const [made] = tasksFor(work, [{ userId: to.userId, why: to.why, forId: task.forId ?? task.assigneeId }], place) as [NewTask]
  await insertTasks(work.tx, work.run.orgId, [made])
  await tellAssigned(work, [made], step)
  return made.id
}

/**
 * To whom a task goes that somebody hands on, which is whoever stands in for that person now. `free`: whatever the flow says of delegation.
 * @throws AppError task.delegate: the flow does not allow it, or they cannot decide it, or have a voice in the stage already
 */
export async function takerOf(work: Work, task: TaskRow, { to, free }: { to: UserId; free: boolean }): Promise<UserId> {
  const others = (await listTasksOf(work.tx, { orgId: work.run.orgId, runId: work.run.id, stepId: task.stepId })).filter(({ state }) => state !== 'closed')
  const voices = new Set(others.map(({ assigneeId }) => assigneeId))
  const can = (await askable(work, [to])).has(to) && !voices.has(to) && (free || (await takersAmong(work, [to])).has(to))
  if (!can) throw new AppError('task.delegate')
  return follow(await standIns(work, [to]), to, voices)
}
