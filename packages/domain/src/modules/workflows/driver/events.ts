import type { EventPayload, EventType } from '@intellidocs/contracts'
import type { NewEvent } from '@intellidocs/kernel'
import type { StageRef } from '../engine/types.ts'
import type { NewTask } from '../tasks.repository.ts'
import type { TaskRow } from '../runs.types.ts'
import type { Work } from './work.ts'

type Of = Pick<Work, 'deps' | 'tx' | 'actor' | 'run'>
type RunEvent = Exclude<Extract<EventType, `workflows.${string}`>, `workflows.de${string}` | 'workflows.tasks-overdue.v1'>
type Happened = {
  [K in RunEvent]: { readonly type: K; readonly payload: Omit<EventPayload<K>, 'runId' | 'documentId'>; readonly data?: Record<string, unknown> }
}[RunEvent]

/** Each event of a run names it and its document, whose readers hear of it; its audit row is about the run. */
export async function tell({ deps, tx, actor, run }: Of, { type, payload, data }: Happened): Promise<void> {
  const event = { type, documentId: run.documentId, payload: { runId: run.id, documentId: run.documentId, ...payload }, audit: {
    subjectType: 'flowRun', subjectId: run.id, data: { ...payload, ...data },
  } }
  // The two halves of the payload fit together for each type, which a type over all of them cannot say; the outbox looks at it again.
  await deps.outbox.append(tx, actor, event as unknown as NewEvent)
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

export async function tellAssigned(work: Of, tasks: readonly NewTask[], { stage, round }: StageRef): Promise<void> {
  for (const task of tasks) {
    const { id, assigneeId, why, dueAt, forId, byId, fromTaskId, version, contentSha256 } = task
    await tell(work, {
      type: 'workflows.task-assigned.v1', payload: { taskId: id, assigneeId, dueAt: iso(dueAt), why },
      data: { stage, round, for: forId, by: byId, from: fromTaskId, version, contentSha256 },
    })
  }
}

export async function tellClosed(work: Of, tasks: readonly Pick<TaskRow, 'id' | 'assigneeId'>[], why: 'stage' | 'stale' | 'moved' | 'run'): Promise<void> {
  for (const { id, assigneeId } of tasks) await tell(work, { type: 'workflows.task-closed.v1', payload: { taskId: id, assigneeId, why } })
}
