import type { DocumentId, EventPayload, EventType, FlowRunId } from '@intellidocs/contracts'
import type { StageRef } from '../engine/types.ts'
import type { NewTask } from '../tasks.repository.ts'
import type { TaskRow } from '../runs.types.ts'
import type { Work } from './work.ts'

type Of = Pick<Work, 'deps' | 'tx' | 'actor' | 'run'>
type RunEvent = Exclude<Extract<EventType, `workflows.${string}`>, `workflows.de${string}` | 'workflows.tasks-overdue.v1'>
type Happened = {
  [K in RunEvent]: { readonly type: K; readonly payload: EventPayload<K> }
}[RunEvent]

/** What the payload of each event of a run begins with. */
export const ofRun = ({ run }: Pick<Of, 'run'>): { runId: FlowRunId; documentId: DocumentId } => ({ runId: run.id, documentId: run.documentId })

/** The readers of the run's document hear of it; its audit row is about the run, and says `data` as well. */
export async function tell({ deps, tx, actor, run }: Of, happened: Happened, data: Record<string, unknown> = {}): Promise<void> {
  const audit = { subjectType: 'flowRun', subjectId: run.id, data: { ...happened.payload, ...data } }
  await deps.outbox.append(tx, actor, { ...happened, documentId: run.documentId, audit })
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

export async function tellAssigned(work: Of, tasks: readonly NewTask[], { stage, round }: StageRef): Promise<void> {
  for (const task of tasks) {
    const { id, assigneeId, why, dueAt, forId, byId, fromTaskId, version, contentSha256 } = task
    await tell(work, {
      type: 'workflows.task-assigned.v1', payload: { ...ofRun(work), taskId: id, assigneeId, dueAt: iso(dueAt), why },
    }, { stage, round, for: forId, by: byId, from: fromTaskId, version, contentSha256 })
  }
}

export async function tellClosed(work: Of, tasks: readonly Pick<TaskRow, 'id' | 'assigneeId'>[], why: 'stage' | 'stale' | 'moved' | 'run'): Promise<void> {
  for (const { id, assigneeId } of tasks) await tell(work, { type: 'workflows.task-closed.v1', payload: { ...ofRun(work), taskId: id, assigneeId, why } })
}
