import { memberRole, type InvitationId, type MemberRole, type OrgId, type OrgRoleId, type UserId } from '@intellidocs/contracts'
import type { Position, Tx, Window } from '@intellidocs/kernel'
import { known } from '../users/index.ts'
import type { Standing } from './orgs.policy.ts'
import type { Org } from './orgs.repository.ts'

export type Invitation = {
  id: InvitationId; email: string; role: MemberRole; roleId: OrgRoleId | null; invitedBy: UserId; createdAt: Date; expiresAt: Date
}
/** An invitation that is gone, with all that decides whether it made a member. `inviter` is null once they are none. */
export type SpentInvitation = Pick<Invitation, 'id' | 'role' | 'roleId'> & {
  org: Org; own: Standing['permissions']; invitedBy: UserId; inviter: Standing | null
}

export type InvitationsRepository = {
  /** Tenant unit; newest first, those that ran out included. */
  list(tx: Tx, orgId: OrgId, page: Window): Promise<(Invitation & { position: Position })[]>
  /** Tenant unit; whatever was open for the same address opens nothing any more. */
  replace(tx: Tx, orgId: OrgId, invitation: Invitation & { tokenHash: string }): Promise<void>
  /** Tenant unit; the one for this address, null when there is none. */
  openFor(tx: Tx, orgId: OrgId, email: string): Promise<InvitationId | null>
  /** Tenant unit; null when there is none. */
  remove(tx: Tx, orgId: OrgId, id: InvitationId): Promise<Pick<Invitation, 'email' | 'role' | 'roleId'> | null>
  /** Identity unit: one of any number of callers gets it. Null for a wrong token, another address, and one that ran out. */
  spend(tx: Tx, shown: { tokenHash: string; email: string; now: Date }): Promise<SpentInvitation | null>
  /** Identity unit: the address that an active account has proved to be its own; null for none. The account stays until the unit ends. */
  provenAddress(tx: Tx, userId: UserId): Promise<string | null>
}

type Row = { id: string; email: string; role: string; roleId: string | null; invitedBy: string; createdAt: Date; expiresAt: Date }
const toInvitation = ({ id, email, role, roleId, invitedBy, createdAt, expiresAt }: Row): Invitation => ({
  id: id as InvitationId, email, role: memberRole.parse(role), roleId: roleId as OrgRoleId | null, invitedBy: invitedBy as UserId,
  createdAt, expiresAt,
})

type SpentRow = {
  id: string; role: string; roleId: string | null; own: string[] | null
  orgId: string; name: string; slug: string; createdAt: Date
  invitedBy: string; inviterRole: string | null; inviterOwn: string[] | null; inviterStatus: 'active' | 'suspended' | null
}

async function spend(tx: Tx, { tokenHash, email, now }: { tokenHash: string; email: string; now: Date }): Promise<SpentInvitation | null> {
  const [row] = await tx.$queryRaw<SpentRow[]>`
    with spent as (
      delete from invitation where token_hash = ${tokenHash} and email = ${email} and expires_at > ${now}::timestamptz
      returning id, org_id, role, role_id, invited_by
    )
    select s.id::text, s.role, s.role_id::text as "roleId", own.permissions as own,
      o.id::text as "orgId", o.name, o.slug, o.created_at as "createdAt",
      s.invited_by::text as "invitedBy", m.role as "inviterRole", m.status as "inviterStatus", r.permissions as "inviterOwn"
    from spent s join org o on o.id = s.org_id and o.status = 'active'
    left join org_role own on own.org_id = s.org_id and own.id = s.role_id
    left join membership m on m.org_id = s.org_id and m.user_id = s.invited_by
    left join org_role r on r.org_id = m.org_id and r.id = m.role_id`
  if (row === undefined) return null
  const permissionsIn = (names: string[] | null) => (names === null ? null : known.parse(names))
  const { inviterRole, inviterStatus } = row
  return {
    id: row.id as InvitationId, role: memberRole.parse(row.role), roleId: row.roleId as OrgRoleId | null, own: permissionsIn(row.own),
    org: { id: row.orgId as OrgId, name: row.name, slug: row.slug, createdAt: row.createdAt, purgeAt: null },
    invitedBy: row.invitedBy as UserId, inviter: inviterRole === null || inviterStatus === null ? null
      : { role: memberRole.parse(inviterRole), permissions: permissionsIn(row.inviterOwn), status: inviterStatus },
  }
}

export const invitationsRepository: InvitationsRepository = {
  async list(tx, orgId, { limit, after }) {
    const rows = await tx.$queryRaw<(Row & { at: string })[]>`
      select id::text, email, role, role_id::text as "roleId", invited_by::text as "invitedBy", created_at as "createdAt", expires_at as "expiresAt",
        created_at::text as at
      from invitation
      where org_id = ${orgId}::uuid
        and (${after?.at ?? null}::timestamptz is null or (created_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by created_at desc, id desc
      limit ${limit + 1}::int`
    return rows.map((row) => ({ ...toInvitation(row), position: { at: row.at, id: row.id } }))
  },
  async replace(tx, orgId, { id, email, role, roleId, invitedBy, createdAt, expiresAt, tokenHash }) {
    await tx.$executeRaw`
      insert into invitation (id, org_id, email, role, role_id, token_hash, invited_by, created_at, expires_at)
      values (${id}::uuid, ${orgId}::uuid, ${email}, ${role}, ${roleId}::uuid, ${tokenHash}, ${invitedBy}::uuid,
        ${createdAt}::timestamptz, ${expiresAt}::timestamptz)
      on conflict (org_id, email) do update set id = excluded.id, role = excluded.role, role_id = excluded.role_id,
        token_hash = excluded.token_hash, invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at`
  },
  async openFor(tx, orgId, email) {
    const [row] = await tx.$queryRaw<{ id: InvitationId }[]>`select id::text from invitation where org_id = ${orgId}::uuid and email = ${email}`
    return row?.id ?? null
  },
  async remove(tx, orgId, id) {
    const [row] = await tx.$queryRaw<Pick<Row, 'email' | 'role' | 'roleId'>[]>`
      delete from invitation where org_id = ${orgId}::uuid and id = ${id}::uuid returning email, role, role_id::text as "roleId"`
    return row === undefined ? null : { email: row.email, role: memberRole.parse(row.role), roleId: row.roleId as OrgRoleId | null }
  },
  spend,
  async provenAddress(tx, userId) {
    // Shared with the end of the account, which locks it: whoever comes second sees what the first did.
    const [account] = await tx.$queryRaw<{ email: string }[]>`
      select email from user_account where id = ${userId}::uuid and status = 'active' and email_verified_at is not null for share`
    return account?.email ?? null
  },
}
