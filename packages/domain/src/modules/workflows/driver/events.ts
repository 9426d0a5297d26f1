import type { DocumentId, EventPayload, EventType, FlowId, FlowRunId, TaskEnd } from '@intellidocs/contracts'
import type { NewEvent } from '@intellidocs/kernel'
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

/** How long it was open until now, and whether past its time. */
export const timingOf = ({ run, at }: Pick<Work, 'run' | 'at'>, since: Date, dueAt: Date | null): { flowId: FlowId; tookMs: number; late: boolean } =>
  ({ flowId: run.flowId, tookMs: Math.max(0, at.getTime() - since.getTime()), late: dueAt !== null && at > dueAt })

/** The readers of the run's document hear of it; its audit row is about the run, and says `data` as well. */
const eventOf = (run: Work['run'], happened: Happened, data: Record<string, unknown>): NewEvent =>
  ({ ...happened, documentId: run.documentId, audit: { subjectType: 'flowRun', subjectId: run.id, data: { ...happened.payload, ...data } } })

/** See `eventOf`. */
export const tell = ({ deps, tx, actor, run }: Of, happened: Happened, data: Record<string, unknown> = {}): Promise<void> =>
  deps.outbox.append(tx, actor, eventOf(run, happened, data))

/** The same of many of one type, at the price of one. */
const tellAll = ({ deps, tx, actor, run }: Of, all: readonly { readonly happened: Happened; readonly data?: Record<string, unknown> }[]): Promise<void> =>
  deps.outbox.appendAll(tx, actor, all.map(({ happened, data = {} }) => eventOf(run, happened, data)))

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

export const tellAssigned = (work: Of, tasks: readonly NewTask[], { stage, round }: StageRef): Promise<void> =>
  tellAll(work, tasks.map(({ id, assigneeId, why, dueAt, forId, byId, fromTaskId, version, contentSha256 }) => ({
    happened: { type: 'workflows.task-assigned.v1', payload: { ...ofRun(work), taskId: id, assigneeId, dueAt: iso(dueAt), why } },
    data: { stage, round, for: forId, by: byId, from: fromTaskId, version, contentSha256 },
  })))

type Told = Pick<TaskRow, 'id' | 'assigneeId'>

export const tellClosed = (work: Of, tasks: readonly Told[], why: TaskEnd): Promise<void> =>
  tellAll(work, tasks.map(({ id, assigneeId }) => ({ happened: { type: 'workflows.task-closed.v1', payload: { ...ofRun(work), taskId: id, assigneeId, why } } })))

export const tellReminded = (work: Of, tasks: readonly (Told & Pick<TaskRow, 'dueAt'>)[], overdue: boolean): Promise<void> =>
  tellAll(work, tasks.map(({ id, assigneeId, dueAt }) => ({
    happened: { type: 'workflows.task-reminded.v1', payload: { ...ofRun(work), taskId: id, assigneeId, dueAt: iso(dueAt), overdue } },
  })))
