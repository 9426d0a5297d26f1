import { flowContract, type DocumentId, type FlowId, type FlowRunId, type FlowSpec, type FolderId, type OrgId, type RunOutcome, type RunReason, type UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { StageRef } from './engine/types.ts'
import type { DrivenRun, Ending, RunKey, RunRow, StepRow } from './runs.types.ts'

type Of = { readonly orgId: OrgId; readonly runId: FlowRunId }

export const RUN_COLUMNS = Prisma.raw(`r.id, r.org_id as "orgId", r.flow_id as "flowId", r.flow_version as "flowVersion", r.document_id as "documentId", r.version, r.state, r.reason,
  r.requester_id as "requesterId", r.note, r.created_at as "createdAt", r.ended_at as "endedAt", r.ended_by as "endedBy", r.effects_left as "effectsLeft",
  r.final_sha256 as "finalSha256"`)
const STEP_COLUMNS = Prisma.raw(`s.id, s.stage, s.round, s.state, s.counts, s.content_sha256 as "contentSha256", s.opened_at as "openedAt", s.closed_at as "closedAt",
  s.due_at as "dueAt", s.reminded_at as "remindedAt", s.escalated`)

export type NewRun = {
  readonly id: FlowRunId; readonly orgId: OrgId; readonly flowId: FlowId; readonly flowVersion: number; readonly documentId: DocumentId; readonly version: number
  readonly requesterId: UserId
  /** What began it where no person did: the word before the colon says what kind of thing (a trigger's name, or `effect`), the rest which one. */
  readonly cause: string | null
  readonly note: string | null; readonly at: Date
}

/** False: a run of this flow on this document is open, or this cause has started its run already. */
export async function insertRun(tx: Tx, run: NewRun): Promise<boolean> {
  return await tx.$executeRaw`
    insert into flow_run (id, org_id, flow_id, flow_version, document_id, version, requester_id, cause, note, created_at, state_changed_at)
    values (${run.id}::uuid, ${run.orgId}::uuid, ${run.flowId}::uuid, ${run.flowVersion}, ${run.documentId}::uuid, ${run.version}, ${run.requesterId}::uuid, ${run.cause},
      ${run.note}, ${run.at}::timestamptz, ${run.at}::timestamptz)
    on conflict do nothing` === 1
}

export async function findRun(tx: Tx, of: Of): Promise<RunRow | null> {
  const rows = await tx.$queryRaw<RunRow[]>`select ${RUN_COLUMNS} from flow_run r where r.org_id = ${of.orgId}::uuid and r.id = ${of.runId}::uuid`
  return rows[0] ?? null
}

/** Held until the transaction ends. Its document is held before it, or a purge and this would wait for each other. */
export async function lockRun(tx: Tx, of: Of): Promise<DrivenRun | null> {
  const rows = await tx.$queryRaw<(RunRow & { spec: unknown; publishedBy: UserId })[]>`
    select ${RUN_COLUMNS}, v.spec, v.published_by as "publishedBy"
    from flow_run r join flow_version v on v.org_id = r.org_id and v.flow_id = r.flow_id and v.version = r.flow_version
    where r.org_id = ${of.orgId}::uuid and r.id = ${of.runId}::uuid for update of r`
  const [row] = rows
  return row === undefined ? null : { ...row, spec: flowContract.flowSpec.parse(row.spec) }
}

/** The definition that a run goes by. */
export async function specOf(tx: Tx, of: { orgId: OrgId; flowId: FlowId; version: number }): Promise<FlowSpec> {
  const [row] = await tx.$queryRaw<{ spec: unknown }[]>`
    select spec from flow_version where org_id = ${of.orgId}::uuid and flow_id = ${of.flowId}::uuid and version = ${of.version}`
  return flowContract.flowSpec.parse(row?.spec)
}

export async function setRunState(tx: Tx, of: Of, to: { state: 'running' | 'waiting'; at: Date }): Promise<boolean> {
  return await tx.$executeRaw`
    update flow_run set state = ${to.state}, state_changed_at = ${to.at}::timestamptz
    where org_id = ${of.orgId}::uuid and id = ${of.runId}::uuid and ended_at is null and state <> ${to.state}` === 1
}

export async function setRunVersion(tx: Tx, of: Of, version: number): Promise<void> {
  await tx.$executeRaw`update flow_run set version = ${version} where org_id = ${of.orgId}::uuid and id = ${of.runId}::uuid and ended_at is null`
}

type End = { readonly outcome: RunOutcome; readonly reason: RunReason; readonly by: UserId; readonly at: Date; readonly effects: number; readonly about: NonNullable<Ending['about']> }

/** Once: false where it is over already. `version`: the one that the outcome is about. */
export async function endRunRow(tx: Tx, of: Of, end: End): Promise<boolean> {
  return await tx.$executeRaw`
    update flow_run set state = ${end.outcome}, reason = ${end.reason}, ended_at = ${end.at}::timestamptz, state_changed_at = ${end.at}::timestamptz,
      ended_by = ${end.by}::uuid, effects_left = ${end.effects}, version = ${end.about.version}, final_sha256 = ${end.about.sha256}
    where org_id = ${of.orgId}::uuid and id = ${of.runId}::uuid and ended_at is null` === 1
}

/** In the order in which they were opened. */
export function listSteps(tx: Tx, of: Of): Promise<StepRow[]> {
  return tx.$queryRaw<StepRow[]>`select ${STEP_COLUMNS} from flow_step s where s.org_id = ${of.orgId}::uuid and s.run_id = ${of.runId}::uuid order by s.id`
}

type NewStep = StageRef & { readonly id: string; readonly state: 'open' | 'skipped'; readonly contentSha256: string; readonly at: Date; readonly dueAt: Date | null }

export async function insertStep(tx: Tx, of: Of, step: NewStep): Promise<void> {
  await tx.$executeRaw`
    insert into flow_step (id, org_id, run_id, stage, round, state, content_sha256, opened_at, closed_at, due_at)
    values (${step.id}::uuid, ${of.orgId}::uuid, ${of.runId}::uuid, ${step.stage}, ${step.round}, ${step.state}, ${step.contentSha256}, ${step.at}::timestamptz,
      ${step.state === 'open' ? null : step.at}::timestamptz, ${step.dueAt}::timestamptz)`
}

/** Once: false where it was closed already. */
export async function closeStepRow(tx: Tx, orgId: OrgId, close: { id: string; state: 'approved' | 'rejected' | 'expired' | 'stale'; at: Date }): Promise<boolean> {
  return await tx.$executeRaw`
    update flow_step set state = ${close.state}, closed_at = ${close.at}::timestamptz
    where org_id = ${orgId}::uuid and id = ${close.id}::uuid and state = 'open'` === 1
}

export async function voidStep(tx: Tx, orgId: OrgId, id: string): Promise<void> {
  await tx.$executeRaw`update flow_step set counts = false where org_id = ${orgId}::uuid and id = ${id}::uuid`
}

export async function rebindStep(tx: Tx, orgId: OrgId, to: { id: string; contentSha256: string }): Promise<void> {
  await tx.$executeRaw`update flow_step set content_sha256 = ${to.contentSha256} where org_id = ${orgId}::uuid and id = ${to.id}::uuid and state = 'open'`
}

/** False: as much, or more, was done by then. */
export async function noteReminded(tx: Tx, orgId: OrgId, to: { id: string; until: Date }): Promise<boolean> {
  return await tx.$executeRaw`
    update flow_step set reminded_at = ${to.until}::timestamptz
    where org_id = ${orgId}::uuid and id = ${to.id}::uuid and state = 'open' and (reminded_at is null or reminded_at < ${to.until}::timestamptz)` === 1
}

export async function noteEscalated(tx: Tx, orgId: OrgId, to: { id: string; index: number }): Promise<boolean> {
  return await tx.$executeRaw`
    update flow_step set escalated = escalated || ${to.index}::int
    where org_id = ${orgId}::uuid and id = ${to.id}::uuid and state = 'open' and not ${to.index}::int = any (escalated)` === 1
}

export type PublishedFlow = { readonly flowId: FlowId; readonly version: number; readonly name: string; readonly spec: FlowSpec; readonly publishedBy: UserId }

/** The newest published version of a flow; `archived` or version 0 are told apart by the caller. Null: there is no such flow. */
export async function findFlow(tx: Tx, orgId: OrgId, flowId: FlowId): Promise<{ status: 'active' | 'archived'; published: PublishedFlow | null } | null> {
  const rows = await tx.$queryRaw<{ status: 'active' | 'archived'; version: number; name: string; spec: unknown; publishedBy: UserId }[]>`
    select f.status, f.version, f.name, v.spec, v.published_by as "publishedBy"
    from flow f left join flow_version v on v.org_id = f.org_id and v.flow_id = f.id and v.version = f.version
    where f.org_id = ${orgId}::uuid and f.id = ${flowId}::uuid`
  const [row] = rows
  if (row === undefined) return null
  const { status, version, name, publishedBy } = row
  return { status, published: version === 0 ? null : { flowId, version, name, spec: flowContract.flowSpec.parse(row.spec), publishedBy } }
}

/** Active flows whose newest version begins by itself on one of these. */
export async function triggeredFlows(tx: Tx, orgId: OrgId, on: readonly string[]): Promise<PublishedFlow[]> {
  const rows = await tx.$queryRaw<{ flowId: FlowId; version: number; name: string; spec: unknown; publishedBy: UserId }[]>`
    select f.id as "flowId", f.version, f.name, v.spec, v.published_by as "publishedBy"
    from flow f join flow_version v on v.org_id = f.org_id and v.flow_id = f.id and v.version = f.version
    where f.org_id = ${orgId}::uuid and f.status = 'active' and v.spec->'trigger'->>'on' = any (${[...on]}::text[]) order by f.id`
  return rows.map((row) => ({ ...row, spec: flowContract.flowSpec.parse(row.spec) }))
}

/** Whether this cause has begun its run of the flow. */
export async function hasBegun(tx: Tx, of: { orgId: OrgId; flowId: FlowId; cause: string }): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`select 1 from flow_run where org_id = ${of.orgId}::uuid and flow_id = ${of.flowId}::uuid and cause = ${of.cause}`
  return rows.length === 1
}

/** Runs of a flow on a document since then, by whatever they were started. */
export async function runsSince(tx: Tx, of: { orgId: OrgId; flowId: FlowId; documentId: DocumentId }, since: Date): Promise<number> {
  const rows = await tx.$queryRaw<{ n: number }[]>`
    select count(*)::int as n from flow_run where org_id = ${of.orgId}::uuid and document_id = ${of.documentId}::uuid and flow_id = ${of.flowId}::uuid
      and created_at > ${since}::timestamptz`
  return rows[0]?.n ?? 0
}

/** Who made the versions of a document that have these bytes: also whoever put back an old one made it, and so did whoever brought it first. */
export async function makersOf(tx: Tx, of: { orgId: OrgId; documentId: DocumentId }, sha256: string): Promise<UserId[]> {
  const rows = await tx.$queryRaw<{ by: UserId }[]>`
    select distinct created_by as by from document_version
    where org_id = ${of.orgId}::uuid and document_id = ${of.documentId}::uuid and sha256 = ${sha256}`
  return rows.map(({ by }) => by)
}

/** Who made a version, and whether it is the first of its document that was read. Null: it is not there any more. */
export async function findVersion(tx: Tx, orgId: OrgId, versionId: string): Promise<{ by: UserId; first: boolean } | null> {
  const rows = await tx.$queryRaw<{ by: UserId; first: boolean }[]>`
    select v.created_by as by, not exists (
      select from document_version b where b.org_id = v.org_id and b.document_id = v.document_id and b.number < v.number and b.state = 'ready') as first
    from document_version v where v.org_id = ${orgId}::uuid and v.id = ${versionId}::uuid`
  return rows[0] ?? null
}

/** The folders above a document, the nearest last. */
export async function foldersAbove(tx: Tx, of: { orgId: OrgId; documentId: DocumentId }): Promise<FolderId[]> {
  const rows = await tx.$queryRaw<{ path: FolderId[] }[]>`
    select f.path from document d join folder f on f.org_id = d.org_id and f.id = d.folder_id where d.org_id = ${of.orgId}::uuid and d.id = ${of.documentId}::uuid`
  return rows[0]?.path ?? []
}

/** Runs of a document that Temporal has to know of. */
export function drivenRunsOf(tx: Tx, of: { orgId: OrgId; documentId: DocumentId }): Promise<RunKey[]> {
  return tx.$queryRaw<RunKey[]>`
    select org_id as "orgId", id as "runId", document_id as "documentId" from flow_run
    where org_id = ${of.orgId}::uuid and document_id = ${of.documentId}::uuid and (ended_at is null or effects_left > 0) order by id`
}
