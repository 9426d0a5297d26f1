import type { DocumentId, FlowId, FlowRunId, FlowTaskId, RunState, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'
import { RUN_COLUMNS } from './runs.repository.ts'
import type { RunRow, TaskRow } from './runs.types.ts'
import { TASK_COLUMNS } from './tasks.repository.ts'

export type ListedRun = RunRow & { flowName: string; documentName: string }
export type ListedTask = TaskRow & { flowId: FlowId; flowName: string; documentId: DocumentId; documentName: string; stage: string; stageName: string | null; round: number }

/** What happens to a document is for those whom it is shown to; the worker sees all. */
const readable = (actor: Actor): Prisma.Sql =>
  (actor.kind === 'system' ? Prisma.sql`document` : Prisma.sql`app.readable(${actor.orgId}::uuid, ${[...actor.principals]}::text[])`)

const runsFor = (actor: Actor): Prisma.Sql => Prisma.sql`
  select ${RUN_COLUMNS}, f.name as "flowName", d.name as "documentName"
  from flow_run r join flow f on f.org_id = r.org_id and f.id = r.flow_id join ${readable(actor)} d on d.org_id = r.org_id and d.id = r.document_id
  where r.org_id = ${actor.orgId}::uuid`

const tasksFor = (actor: Actor): Prisma.Sql => Prisma.sql`
  select ${TASK_COLUMNS}, r.flow_id as "flowId", f.name as "flowName", r.document_id as "documentId", d.name as "documentName", s.stage, s.round,
    jsonb_path_query_first(v.spec, 'lax $.stages.** ? (@.key == $key && exists (@.ask)).name', jsonb_build_object('key', s.stage)) #>> '{}' as "stageName"
  from flow_task t join flow_step s on s.org_id = t.org_id and s.id = t.step_id join flow_run r on r.org_id = t.org_id and r.id = t.run_id
  join flow f on f.org_id = r.org_id and f.id = r.flow_id
  join flow_version v on v.org_id = r.org_id and v.flow_id = r.flow_id and v.version = r.flow_version
  join ${readable(actor)} d on d.org_id = r.org_id and d.id = r.document_id
  where t.org_id = ${actor.orgId}::uuid`

export async function selectRun(tx: Tx, actor: Actor, id: FlowRunId): Promise<ListedRun | null> {
  const rows = await tx.$queryRaw<ListedRun[]>`${runsFor(actor)} and r.id = ${id}::uuid`
  return rows[0] ?? null
}

export async function selectTask(tx: Tx, actor: Actor, id: FlowTaskId): Promise<ListedTask | null> {
  const rows = await tx.$queryRaw<ListedTask[]>`${tasksFor(actor)} and t.id = ${id}::uuid`
  return rows[0] ?? null
}

/** All tasks of a run, in the order in which they were asked. */
export const selectTasksOf = (tx: Tx, actor: Actor, runId: FlowRunId): Promise<ListedTask[]> =>
  tx.$queryRaw<ListedTask[]>`${tasksFor(actor)} and t.run_id = ${runId}::uuid order by t.id`

export type RunFilter = {
  readonly documentId: DocumentId | null; readonly flowId: FlowId | null; readonly states: readonly RunState[] | null; readonly requesterId: UserId | null
}
export type Window = { readonly below: string | null; readonly limit: number }

/** Newest first; those made before `below`. */
export const selectRuns = (tx: Tx, actor: Actor, { filter, below, limit }: Window & { filter: RunFilter }): Promise<ListedRun[]> => tx.$queryRaw<ListedRun[]>`
  ${runsFor(actor)} and (${below}::uuid is null or r.id < ${below}::uuid)
    and (${filter.documentId}::uuid is null or r.document_id = ${filter.documentId}::uuid) and (${filter.flowId}::uuid is null or r.flow_id = ${filter.flowId}::uuid)
    and (${filter.states === null} or r.state = any (${[...filter.states ?? []]}::text[])) and (${filter.requesterId}::uuid is null or r.requester_id = ${filter.requesterId}::uuid)
  order by r.id desc limit ${limit}`

export type TaskFilter = {
  readonly state: TaskRow['state']; readonly documentId: DocumentId | null; readonly flowId: FlowId | null
  /** Those past their time at that moment only. */
  readonly overdueAt: Date | null
}

/** What is, or was, asked of the actor, newest first. */
export const selectTasks = (tx: Tx, actor: Actor, { filter, below, limit }: Window & { filter: TaskFilter }): Promise<ListedTask[]> => tx.$queryRaw<ListedTask[]>`
  ${tasksFor(actor)} and t.assignee_id = ${actor.userId}::uuid and t.state = ${filter.state} and (${below}::uuid is null or t.id < ${below}::uuid)
    and (${filter.documentId}::uuid is null or r.document_id = ${filter.documentId}::uuid) and (${filter.flowId}::uuid is null or r.flow_id = ${filter.flowId}::uuid)
    and (${filter.overdueAt}::timestamptz is null or t.due_at < ${filter.overdueAt}::timestamptz)
  order by t.id desc limit ${limit}`

export async function countTasks(tx: Tx, actor: Actor, now: Date): Promise<{ open: number; overdue: number }> {
  const rows = await tx.$queryRaw<{ open: number; overdue: number }[]>`
    select count(*)::int as open, (count(*) filter (where t.due_at < ${now}::timestamptz))::int as overdue
    from flow_task t join flow_run r on r.org_id = t.org_id and r.id = t.run_id join ${readable(actor)} d on d.org_id = r.org_id and d.id = r.document_id
    where t.org_id = ${actor.orgId}::uuid and t.assignee_id = ${actor.userId}::uuid and t.state = 'open'`
  return rows[0] ?? { open: 0, overdue: 0 }
}
