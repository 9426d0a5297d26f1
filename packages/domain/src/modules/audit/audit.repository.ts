import type { AuditRow, OrgId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { Place } from './audit.types.ts'
import { matching, type RowFilter } from './seals.repository.ts'

/** Behind every row there may ever be. */
const END: Place = { xid: '18446744073709551615', id: '9223372036854775807' }

export type ListedRow = {
  seq: number | null; xid: string; id: string; at: Date
  actorId: AuditRow['actor']['id']; actorKind: string; sessionId: AuditRow['actor']['sessionId']; keyId: AuditRow['actor']['keyId']; address: string | null
  action: string; subjectType: string; subjectId: string | null; data: unknown; requestId: string | null
}

/**
 * Newest first. The number of a row is its seal's first one and its place in it; the order is that of sealing, which is that of beginning to
 * write, not quite that of `at`.
 */
export function listRows(tx: Tx, actor: Actor, { filter, before, limit }: { filter: RowFilter; before: Place | null; limit: number }): Promise<ListedRow[]> {
  const { xid, id } = before ?? END
  return tx.$queryRaw<ListedRow[]>`
    select (s.first_seq + array_position(s.row_ids, a.id) - 1)::float8 as seq, a.xid::text as xid, a.id::text as id, a.at,
      a.actor_id as "actorId", a.actor_kind as "actorKind", a.session_id as "sessionId", a.key_id as "keyId", a.address, a.action,
      a.subject_type as "subjectType", a.subject_id as "subjectId", a.data, a.request_id as "requestId"
    from audit a left join lateral (
      select z.first_seq, z.row_ids from audit_seal z
      where z.org_id = a.org_id and (z.last_xid, z.last_id) >= (a.xid, a.id) order by z.last_xid, z.last_id limit 1) s on true
    where a.org_id = ${actor.orgId}::uuid and (a.xid, a.id) < (${xid}::text::xid8, ${id}::text::bigint) and ${matching(filter)}
    order by a.xid desc, a.id desc limit ${limit}`
}

/** When the first row was written; null where there is none. */
export async function oldestAt(tx: Tx, orgId: OrgId): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ at: Date }[]>`select at from audit where org_id = ${orgId}::uuid order by xid, id limit 1`
  return row?.at ?? null
}
