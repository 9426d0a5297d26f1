import type { AdminJob, JobSelection, OrgId, ParkedDelivery, ParkedSelection } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Position, Tx, Window } from '@intellidocs/kernel'

/** A piece of work that does not go on, with what is needed to act on it. */
export type FoundJob = Omit<AdminJob, 'since'> & { readonly documentId: string; readonly since: Date; readonly position: Position }
export type FoundParked = Omit<ParkedDelivery, 'eventAt'> & { readonly eventAt: Date }
/** What was there at a moment; null: what is there now. */
export type AsOf = { readonly until: Date | null }

/** What does not go on, of all organizations. Every method runs in an admin unit. */
export type WorkRepository = {
  /** Those that wait longest first; one more than `limit` tells of a next page. */
  jobs(tx: Tx, selection: JobSelection, page: Window & AsOf): Promise<FoundJob[]>
  countJobs(tx: Tx, selection: JobSelection, asOf: AsOf): Promise<number>
  parked(tx: Tx, selection: ParkedSelection, page: { limit: number; after: string | null } & AsOf): Promise<FoundParked[]>
  countParked(tx: Tx, selection: ParkedSelection, asOf: AsOf): Promise<number>
  release(tx: Tx, ids: readonly string[]): Promise<number>
  drop(tx: Tx, ids: readonly string[]): Promise<number>
}

/** Both kinds of work under the same names. */
const SOURCES = {
  processing: Prisma.sql`(
    select v.id, v.org_id, v.document_id, v.attempt, v.stage, v.reason, v.state_changed_at,
      case v.state when 'queued' then 'waiting' when 'processing' then 'working' else v.state end as state
    from document_version v where v.state in ('queued', 'processing', 'failed', 'needs_password'))`,
  flow: Prisma.sql`(
    select r.id, r.org_id, r.document_id, null::int as attempt, null::text as stage, r.reason, r.state_changed_at,
      case r.state when 'running' then 'working' else 'waiting' end as state
    from flow_run r where r.ended_at is null)`,
} as const

/** By the age it had when it was counted: what grew old enough since was not. */
function chosen({ states, minutes, orgId, stage, reason }: JobSelection, { until }: AsOf): Prisma.Sql {
  return Prisma.sql`w.state = any (${states}::text[]) and w.state_changed_at <= coalesce(${until}::timestamptz, now()) - ${minutes}::int * interval '1 minute'
    and (${orgId ?? null}::uuid is null or w.org_id = ${orgId ?? null}::uuid)
    and (${stage ?? null}::text is null or w.stage = ${stage ?? null}) and (${reason ?? null}::text is null or w.reason = ${reason ?? null})`
}

type JobRow = Omit<FoundJob, 'position' | 'orgId' | 'kind'> & { orgId: string; at: string }

async function jobs(tx: Tx, selection: JobSelection, { limit, after, until }: Window & AsOf): Promise<FoundJob[]> {
  const rows = await tx.$queryRaw<JobRow[]>`
    select w.id::text, w.org_id::text as "orgId", o.name as "orgName", w.document_id::text as "documentId", w.attempt, w.stage, w.reason, w.state,
      w.state_changed_at as since, w.state_changed_at::text as at
    from ${SOURCES[selection.kind]} w join org o on o.id = w.org_id
    where ${chosen(selection, { until })}
      and (${after === null}::boolean or (w.state_changed_at, w.id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by w.state_changed_at, w.id
    limit ${limit + 1}::int`
  return rows.map(({ at, orgId, ...row }) => ({ ...row, orgId: orgId as OrgId, kind: selection.kind, position: { at, id: row.id } }))
}

function chosenParked({ subscriber, eventType, orgId }: ParkedSelection, { until }: AsOf): Prisma.Sql {
  // A parked delivery keeps the moment of its last try.
  return Prisma.sql`d.state = 'parked' and (${until}::timestamptz is null or d.next_at <= ${until}::timestamptz)
    and (${subscriber ?? null}::text is null or d.subscriber = ${subscriber ?? null})
    and (${eventType ?? null}::text is null or e.type = ${eventType ?? null}) and (${orgId ?? null}::uuid is null or d.org_id = ${orgId ?? null}::uuid)`
}

type ParkedRow = Omit<FoundParked, 'orgId'> & { orgId: string }

async function parked(tx: Tx, selection: ParkedSelection, { limit, after, until }: { limit: number; after: string | null } & AsOf): Promise<FoundParked[]> {
  const rows = await tx.$queryRaw<ParkedRow[]>`
    with found as materialized (
      select d.id, d.org_id, d.subscriber, d.attempts, e.type, e.at
      from delivery d join event e on e.org_id = d.org_id and e.id = d.event_id
      where ${chosenParked(selection, { until })} and (${after}::text is null or d.id > ${after}::text::bigint)
      order by d.id limit ${limit + 1}::int)
    select f.id::text, f.org_id::text as "orgId", o.name as "orgName", f.subscriber, f.type as "eventType", f.at as "eventAt", f.attempts, x.fault
    from found f left join org o on o.id = f.org_id
    left join app.delivery_faults(array(select id from found)) x on x.id = f.id
    order by f.id`
  return rows.map((row) => ({ ...row, orgId: row.orgId as OrgId }))
}

const count = async (rows: Promise<{ n: number }[]>): Promise<number> => (await rows)[0]?.n ?? 0

export const workRepository: WorkRepository = {
  jobs,
  countJobs: (tx, selection, asOf) => count(tx.$queryRaw<{ n: number }[]>`
    select count(*)::float8 as n from ${SOURCES[selection.kind]} w where ${chosen(selection, asOf)}`),
  parked,
  countParked: (tx, selection, asOf) => count(tx.$queryRaw<{ n: number }[]>`
    select count(*)::float8 as n from delivery d join event e on e.org_id = d.org_id and e.id = d.event_id where ${chosenParked(selection, asOf)}`),
  release: (tx, ids) => tx.$executeRaw`
    update delivery set state = 'pending', attempts = 0, next_at = now() where id = any (${[...ids]}::text[]::bigint[]) and state = 'parked'`,
  drop: (tx, ids) => tx.$executeRaw`delete from delivery where id = any (${[...ids]}::text[]::bigint[]) and state = 'parked'`,
}
