import type { FlowRunId, FlowTask, FlowTaskId, Run } from '@intellidocs/contracts'
import { AppError, type Actor, type Tx } from '@intellidocs/kernel'
import { selectRun, selectTask, type ListedRun, type ListedTask } from './lists.repository.ts'

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

export const toRun = (row: ListedRun): Run => ({
  id: row.id, flowId: row.flowId, flowName: row.flowName, flowVersion: row.flowVersion, documentId: row.documentId, documentName: row.documentName, version: row.version,
  state: row.state, reason: row.reason, requesterId: row.requesterId, note: row.note, createdAt: row.createdAt.toISOString(), endedAt: iso(row.endedAt), endedBy: row.endedBy,
})

export const toTask = (row: ListedTask, now: Date): FlowTask => ({
  id: row.id, runId: row.runId, flowId: row.flowId, flowName: row.flowName, documentId: row.documentId, documentName: row.documentName, stage: row.stage,
  stageName: row.stageName ?? row.stage, round: row.round, assigneeId: row.assigneeId, why: row.why, forId: row.forId, byId: row.byId, note: row.note, version: row.version,
  contentSha256: row.contentSha256, state: row.state, closedWhy: row.closedWhy, createdAt: row.createdAt.toISOString(), dueAt: iso(row.dueAt),
  overdue: row.state === 'open' && row.dueAt !== null && row.dueAt < now, endedAt: iso(row.endedAt),
  decision: row.decision === null ? null : { verdict: row.decision, comment: row.comment, secondFactor: row.secondFactor === true },
})

/** `run.not_found` whether it is another's, of a document that is not shown to the actor, or not there at all. */
export async function loadRun(tx: Tx, actor: Actor, id: FlowRunId): Promise<Run> {
  return toRun(await loadRunRow(tx, actor, id))
}

export async function loadRunRow(tx: Tx, actor: Actor, id: FlowRunId): Promise<ListedRun> {
  const row = await selectRun(tx, actor, id)
  if (row === null) throw new AppError('run.not_found')
  return row
}

/** The same of a task. */
export async function loadTask(tx: Tx, actor: Actor, id: FlowTaskId): Promise<ListedTask> {
  const row = await selectTask(tx, actor, id)
  if (row === null) throw new AppError('task.not_found')
  return row
}
