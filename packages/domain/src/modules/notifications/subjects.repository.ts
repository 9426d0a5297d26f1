import type { EventType, GrantId, GroupId, OrgId, UserId, VersionId } from '@intellidocs/contracts'
import type { CommittedEvent, Tx } from '@intellidocs/kernel'
import type { Audience } from './told.types.ts'

type EventRow = { id: bigint; type: EventType; actorId: UserId; at: Date; payload: unknown }

function audienceOf({ kind, named }: { kind: string; named: string }): Audience {
  if (kind === 'org') return { org: true }
  return kind === 'group' ? { group: named as GroupId } : { users: [named as UserId] }
}

/** What events leave unsaid. Tenant unit, but for `orgsOf`. */
export const subjectsRepository = {
  /**
   * The grant that an event tells of, if it is still there. The event says only on what, as all hear it who read that; to whom stands in its audit row, which
   * the same statement wrote: same transaction, same type, same subject.
   */
  async grantOf(tx: Tx, orgId: OrgId, eventId: bigint): Promise<{ id: GrantId; to: Audience } | null> {
    const [row] = await tx.$queryRaw<{ id: GrantId; kind: string; named: string }[]>`
      select g.id::text, split_part(g.principal, ':', 1) as kind, split_part(g.principal, ':', 2) as named
      from event e
      join audit a on a.org_id = e.org_id and a.xid = e.xid and a.action = e.type and a.subject_id = coalesce(e.payload->>'documentId', e.payload->>'folderId')
      join access_grant g on g.org_id = e.org_id and g.principal = a.data->>'principal'
        and g.document_id is not distinct from (e.payload->>'documentId')::uuid and g.folder_id is not distinct from (e.payload->>'folderId')::uuid
      where e.org_id = ${orgId}::uuid and e.id = ${eventId}::bigint`
    return row === undefined ? null : { id: row.id, to: audienceOf(row) }
  },
  async uploaderOf(tx: Tx, orgId: OrgId, versionId: VersionId): Promise<UserId | null> {
    const [row] = await tx.$queryRaw<{ userId: UserId }[]>`
      select created_by::text as "userId" from document_version where org_id = ${orgId}::uuid and id = ${versionId}::uuid`
    return row?.userId ?? null
  },
  /** An event as it was committed; its payload was checked when it was written. */
  async event(tx: Tx, orgId: OrgId, id: bigint): Promise<CommittedEvent | null> {
    const [row] = await tx.$queryRaw<EventRow[]>`
      select id, type, actor_id::text as "actorId", at, payload from event where org_id = ${orgId}::uuid and id = ${id}::bigint`
    return row === undefined ? null : { ...row, orgId } as CommittedEvent
  },
  /** Identity unit: the active organizations in which somebody is an active member. */
  async orgsOf(tx: Tx, userId: UserId): Promise<OrgId[]> {
    const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`
      select m.org_id::text as "orgId" from membership m join org o on o.id = m.org_id and o.status = 'active'
      where m.user_id = ${userId}::uuid and m.status = 'active' order by m.org_id`
    return rows.map(({ orgId }) => orgId)
  },
}
export type SubjectsRepository = typeof subjectsRepository
