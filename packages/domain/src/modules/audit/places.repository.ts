import type { OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'

/** Everything here sees places of all organizations and none of the rows; as the system. */

/**
 * Each organization that has rows, and the end of its last seal; a seal over transactions that may still run is not one of ours and covers nothing.
 * Walks from one to the next in the index, whatever their number of rows.
 */
const ORGS = Prisma.raw(`with recursive org (id) as (
    (select org_id from audit order by org_id limit 1)
    union all select (select a.org_id from audit a where a.org_id > org.id order by a.org_id limit 1) from org where org.id is not null
  ), place as (
    select org.id, coalesce(s.last_xid, '0'::xid8) as xid, coalesce(s.last_id, 0) as row_id from org
    left join lateral (select last_xid, last_id from audit_seal where org_id = org.id order by number desc limit 1) s
      on s.last_xid < (select app.feed_horizon())
    where org.id is not null
  )`)

export type Unsealed = { readonly orgIds: OrgId[]; readonly horizon: string }

/**
 * Organizations with rows from `since` on (null: with any that are not sealed), and the place below which nothing appears any more: where the
 * next look may begin.
 */
export async function findUnsealed(tx: Tx, since: string | null): Promise<Unsealed> {
  const [row] = since === null
    ? await tx.$queryRaw<Unsealed[]>`${ORGS}
        select app.feed_horizon()::text as horizon, array(select id::text from place where exists (
          select from audit a where a.org_id = place.id and (a.xid, a.id) > (place.xid, place.row_id))) as "orgIds"`
    : await tx.$queryRaw<Unsealed[]>`
        select app.feed_horizon()::text as horizon, array(select distinct org_id::text from audit where xid >= ${since}::text::xid8) as "orgIds"`
  if (row === undefined) throw new Error('the database did not say how far transactions have come')
  return row
}

/** Age in seconds of the oldest row that is not sealed; 0 when all are. */
export async function sealLag(tx: Tx): Promise<number> {
  const [row] = await tx.$queryRaw<{ seconds: number }[]>`${ORGS}
    select coalesce(extract(epoch from clock_timestamp() - min(first.at)), 0)::float8 as seconds from place, lateral (
      select a.at from audit a where a.org_id = place.id and (a.xid, a.id) > (place.xid, place.row_id) order by a.xid, a.id limit 1) first`
  return Math.max(0, row?.seconds ?? 0)
}

/** Organizations that were sealed since their last checkpoint, where that one is older than this, or there is none. */
export async function findUnsigned(tx: Tx, olderThanSeconds: number): Promise<OrgId[]> {
  const rows = await tx.$queryRaw<{ id: OrgId }[]>`${ORGS}
    select place.id::text as id from place
    join lateral (select number from audit_seal where org_id = place.id order by number desc limit 1) s on true
    left join lateral (select seal_number, at from audit_checkpoint where org_id = place.id order by seal_number desc limit 1) c on true
    where c.at is null or (c.seal_number < s.number and c.at < clock_timestamp() - ${olderThanSeconds}::int * interval '1 s')`
  return rows.map((row) => row.id)
}
