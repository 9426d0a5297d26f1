import type { FlowRunId, FlowTaskId, OrgId, ReasonForTask, TaskEnd, UserId, Verdict } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { TaskRow } from './runs.types.ts'

export const TASK_COLUMNS = Prisma.raw(`t.id, t.run_id as "runId", t.step_id as "stepId", t.assignee_id as "assigneeId", t.why, t.for_id as "forId", t.by_id as "byId", t.note, t.version,
  t.content_sha256 as "contentSha256", t.state, t.closed_why as "closedWhy", t.created_at as "createdAt", t.due_at as "dueAt", t.ended_at as "endedAt", t.decision,
  t.decision_id as "decisionId", t.comment, t.second_factor as "secondFactor"`)

/** Of a run, in the order in which they were asked. */
export function listTasksOf(tx: Tx, of: { orgId: OrgId; runId: FlowRunId; stepId?: string }): Promise<TaskRow[]> {
  return tx.$queryRaw<TaskRow[]>`
    select ${TASK_COLUMNS} from flow_task t where t.org_id = ${of.orgId}::uuid and t.run_id = ${of.runId}::uuid
      and (${of.stepId ?? null}::uuid is null or t.step_id = ${of.stepId ?? null}::uuid) order by t.id`
}

export async function findTask(tx: Tx, of: { orgId: OrgId; taskId: FlowTaskId }): Promise<TaskRow | null> {
  const rows = await tx.$queryRaw<TaskRow[]>`select ${TASK_COLUMNS} from flow_task t where t.org_id = ${of.orgId}::uuid and t.id = ${of.taskId}::uuid`
  return rows[0] ?? null
}

export type NewTask = {
  readonly id: FlowTaskId; readonly runId: FlowRunId; readonly stepId: string; readonly assigneeId: UserId; readonly why: ReasonForTask; readonly fromTaskId: FlowTaskId | null
  readonly forId: UserId | null; readonly byId: UserId | null; readonly note: string | null; readonly version: number; readonly contentSha256: string; readonly at: Date; readonly dueAt: Date | null
}

export async function insertTasks(tx: Tx, orgId: OrgId, tasks: readonly NewTask[]): Promise<void> {
  const rows = JSON.stringify(tasks)
  const count = await tx.$executeRaw`
    insert into flow_task (id, org_id, run_id, step_id, assignee_id, why, from_task_id, for_id, by_id, note, version, content_sha256, created_at, due_at)
    select n.id, ${orgId}::uuid, n."runId", n."stepId", n."assigneeId", n.why, n."fromTaskId", n."forId", n."byId", n.note, n.version, n."contentSha256", n.at, n."dueAt"
    from jsonb_to_recordset(${rows}::jsonb) as n(id uuid, "runId" uuid, "stepId" uuid, "assigneeId" uuid, why text, "fromTaskId" uuid, "forId" uuid, "byId" uuid, note text,
      version int, "contentSha256" text, at timestamptz, "dueAt" timestamptz)`
  if (count !== tasks.length) throw new Error(`${count} tasks were written where ${tasks.length} were expected`)
}

/** Those that were open, and are not any more. */
export async function closeTasks(tx: Tx, orgId: OrgId, close: { ids: readonly FlowTaskId[]; why: TaskEnd; at: Date }): Promise<FlowTaskId[]> {
  const rows = await tx.$queryRaw<{ id: FlowTaskId }[]>`
    update flow_task set state = 'closed', closed_why = ${close.why}, ended_at = ${close.at}::timestamptz
    where org_id = ${orgId}::uuid and id = any (${[...close.ids]}::text[]::uuid[]) and state = 'open' returning id`
  return rows.map(({ id }) => id)
}

export async function rebindTasks(tx: Tx, orgId: OrgId, to: { stepId: string; version: number; contentSha256: string }): Promise<void> {
  await tx.$executeRaw`
    update flow_task set version = ${to.version}, content_sha256 = ${to.contentSha256}
    where org_id = ${orgId}::uuid and step_id = ${to.stepId}::uuid and state = 'open'`
}

type Decision = {
  readonly taskId: FlowTaskId; readonly decisionId: string; readonly userId: UserId; readonly verdict: Verdict; readonly contentSha256: string
  readonly comment: string | null; readonly secondFactor: boolean; readonly at: Date
}

/**
 * The one statement that decides a task: nothing but an open task of this person, of a step that still asks, about the bytes that they saw and that are the document's
 * current ones. False: nothing was decided by it.
 */
export async function decideTaskRow(tx: Tx, orgId: OrgId, d: Decision): Promise<boolean> {
  return await tx.$executeRaw`
    update flow_task t set state = 'decided', decision = ${d.verdict}, decision_id = ${d.decisionId}::uuid, comment = ${d.comment}, second_factor = ${d.secondFactor},
      ended_at = ${d.at}::timestamptz
    from flow_step s, flow_run r, document o, document_version v
    where t.org_id = ${orgId}::uuid and t.id = ${d.taskId}::uuid and t.assignee_id = ${d.userId}::uuid and t.state = 'open' and t.decision is null
      and t.content_sha256 = ${d.contentSha256}
      and s.org_id = t.org_id and s.id = t.step_id and s.state = 'open' and s.counts
      and r.org_id = t.org_id and r.id = t.run_id and r.ended_at is null
      and o.org_id = r.org_id and o.id = r.document_id and o.lifecycle = 'active'
      and v.org_id = o.org_id and v.id = o.current_version_id and v.sha256 = t.content_sha256` === 1
}
