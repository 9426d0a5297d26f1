import type { OrgId, SupportAccess, UserId } from '@intellidocs/contracts'
import type { Position, Tx, Window } from '@intellidocs/kernel'

export type NewConsent = { readonly id: string; readonly orgId: OrgId; readonly reason: string; readonly by: UserId; readonly at: Date; readonly endsAt: Date }
/** As administrators of the installation see it. */
export type Consent = { id: string; orgId: OrgId; orgName: string; orgSlug: string; reason: string; grantedAt: Date; endsAt: Date; opened: boolean }

export type SupportRepository = {
  /** Tenant unit. */
  insert(tx: Tx, consent: NewConsent): Promise<void>
  /** Tenant unit: newest first; one row more than `limit` tells of a next page. */
  list(tx: Tx, orgId: OrgId, page: Window & { id: string | null }): Promise<(SupportAccess & { position: Position })[]>
  /** Tenant unit. How many rows changed: 0 when it is over. */
  revoke(tx: Tx, of: { orgId: OrgId; id: string; by: UserId; at: Date }): Promise<number>
  /** Admin unit: those that stand, newest first; one row more than `limit` tells of a next page. */
  standing(tx: Tx, by: UserId, page: Window & { id: string | null }): Promise<(Consent & { position: Position })[]>
  /** Admin unit. False when it was opened by them before. */
  open(tx: Tx, of: { orgId: OrgId; id: string; by: UserId; reason: string }): Promise<boolean>
}

type Row = SupportAccess & { at: string }

export const supportRepository: SupportRepository = {
  async insert(tx, { id, orgId, reason, by, at, endsAt }) {
    await tx.$executeRaw`
      insert into support_access (id, org_id, reason, granted_by, granted_at, ends_at)
      values (${id}::uuid, ${orgId}::uuid, ${reason}, ${by}::uuid, ${at}::timestamptz, ${endsAt}::timestamptz)`
  },
  async list(tx, orgId, { limit, after, id }) {
    const rows = await tx.$queryRaw<(Omit<Row, 'grantedAt' | 'endsAt' | 'revokedAt'> & { grantedAt: Date; endsAt: Date; revokedAt: Date | null })[]>`
      select a.id::text, a.reason, a.granted_by::text as "grantedBy", a.granted_at as "grantedAt", a.ends_at as "endsAt", a.revoked_at as "revokedAt",
        a.revoked_at is null and a.ends_at > now() as open, a.granted_at::text as at,
        coalesce((select jsonb_agg(jsonb_build_object('userId', v.user_id, 'reason', v.reason, 'openedAt', to_char(v.opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
          order by v.opened_at) from support_visit v where v.org_id = a.org_id and v.access_id = a.id), '[]') as visits
      from support_access a
      where a.org_id = ${orgId}::uuid and (${id}::uuid is null or a.id = ${id}::uuid)
        and (${after === null}::boolean or (a.granted_at, a.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by a.granted_at desc, a.id desc limit ${limit + 1}::int`
    return rows.map(({ at, grantedAt, endsAt, revokedAt, ...row }) => ({
      ...row, grantedAt: grantedAt.toISOString(), endsAt: endsAt.toISOString(), revokedAt: revokedAt?.toISOString() ?? null, position: { at, id: row.id },
    }))
  },
  revoke: (tx, { orgId, id, by, at }) => tx.$executeRaw`
    update support_access set revoked_by = ${by}::uuid, revoked_at = ${at}::timestamptz
    where org_id = ${orgId}::uuid and id = ${id}::uuid and revoked_at is null and ends_at > ${at}::timestamptz`,
  async standing(tx, by, { limit, after, id }) {
    const rows = await tx.$queryRaw<(Omit<Consent, 'orgId'> & { orgId: string; at: string })[]>`
      select a.id::text, o.id::text as "orgId", o.name as "orgName", o.slug as "orgSlug", a.reason, a.granted_at as "grantedAt", a.ends_at as "endsAt",
        exists (select from support_visit v where v.org_id = a.org_id and v.access_id = a.id and v.user_id = ${by}::uuid) as opened, a.granted_at::text as at
      from support_access a join org o on o.id = a.org_id and o.status = 'active'
      where a.revoked_at is null and a.ends_at > now() and (${id}::uuid is null or a.id = ${id}::uuid)
        and (${after === null}::boolean or (a.granted_at, a.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by a.granted_at desc, a.id desc limit ${limit + 1}::int`
    return rows.map(({ at, orgId, ...row }) => ({ ...row, orgId: orgId as OrgId, position: { at, id: row.id } }))
  },
  async open(tx, { orgId, id, by, reason }) {
    const opened = await tx.$executeRaw`
      insert into support_visit (org_id, access_id, user_id, reason) values (${orgId}::uuid, ${id}::uuid, ${by}::uuid, ${reason}) on conflict do nothing`
    return opened === 1
  },
}
