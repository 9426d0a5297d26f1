import type { OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { RunKey } from './runs.types.ts'

export type DrivenRun = RunKey & { readonly changedAt: Date }

/** System unit: runs of all organizations that Temporal has to know of, by id; those behind `after`. */
export function drivenRuns(tx: Tx, page: { after: string | null; limit: number }): Promise<DrivenRun[]> {
  return tx.$queryRaw<DrivenRun[]>`
    select org_id as "orgId", id as "runId", document_id as "documentId", state_changed_at as "changedAt" from flow_run
    where (ended_at is null or effects_left > 0) and (${page.after}::uuid is null or id > ${page.after}::uuid) order by id limit ${page.limit}`
}

/** System unit: which of these runs Temporal still has to know of, and of which organization and document they are. */
export function findDriven(tx: Tx, runIds: readonly string[]): Promise<(RunKey & { driven: boolean })[]> {
  return tx.$queryRaw<(RunKey & { driven: boolean })[]>`
    select org_id as "orgId", id as "runId", document_id as "documentId", ended_at is null or effects_left > 0 as driven from flow_run
    where id = any (${[...runIds]}::text[]::uuid[])`
}

/** System unit: organizations in which runs are open. */
export async function orgsThatRun(tx: Tx): Promise<OrgId[]> {
  const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`select distinct org_id as "orgId" from flow_run where ended_at is null`
  return rows.map(({ orgId }) => orgId)
}

/** Runs in which somebody is asked, or that wait for a version which they were to bring. */
export function runsAsking(tx: Tx, of: { orgId: OrgId; userId: UserId }): Promise<RunKey[]> {
  return tx.$queryRaw<RunKey[]>`
    select r.org_id as "orgId", r.id as "runId", r.document_id as "documentId"
    from flow_task t join flow_run r on r.org_id = t.org_id and r.id = t.run_id
    where t.org_id = ${of.orgId}::uuid and t.assignee_id = ${of.userId}::uuid and t.state = 'open'
    union
    select r.org_id, r.id, r.document_id from flow_run r join document d on d.org_id = r.org_id and d.id = r.document_id
    where r.org_id = ${of.orgId}::uuid and r.ended_at is null and r.state = 'waiting' and ${of.userId}::uuid in (r.requester_id, d.owner_id)`
}

/** System unit: organizations with tasks past their time. */
export async function orgsWithOverdue(tx: Tx, at: Date): Promise<OrgId[]> {
  const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`select distinct org_id as "orgId" from flow_task where state = 'open' and due_at < ${at}::timestamptz`
  return rows.map(({ orgId }) => orgId)
}

/** Once a day for each person: false where it was noted before. */
export async function noteDigest(tx: Tx, of: { orgId: OrgId; userId: UserId; day: string }): Promise<boolean> {
  return await tx.$executeRaw`
    insert into flow_digest (org_id, user_id, day) values (${of.orgId}::uuid, ${of.userId}::uuid, ${of.day}::date) on conflict do nothing` === 1
}
