import type { EventType, GrantId, OrgId, UserId, VersionId } from '@intellidocs/contracts'
import type { CommittedEvent, Tx } from '@intellidocs/kernel'
import type { Audience } from './told.types.ts'

type EventRow = { id: bigint; type: EventType; actorId: UserId; at: Date; payload: unknown }

/** What events leave unsaid. Tenant unit, but for `orgsOf`. */
export const subjectsRepository = {
  /** To whom a grant is, if it is still there. */
  async grantedTo(tx: Tx, orgId: OrgId, id: GrantId): Promise<Audience | null> {
    const [row] = await tx.$queryRaw<{ kind: string; id: string }[]>`
      select split_part(principal, ':', 1) as kind, split_part(principal, ':', 2) as id from access_grant where org_id = ${orgId}::uuid and id = ${id}::uuid`
    if (row === undefined) return null
    if (row.kind === 'org') return { org: true }
    return row.kind === 'group' ? { group: row.id as Extract<Audience, { group: unknown }>['group'] } : { users: [row.id as UserId] }
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
