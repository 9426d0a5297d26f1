import { mailContract, memberRole, orgsContract, type Locale, type MemberRole, type OrgId, type OrgRoleId, type UserId } from '@intellidocs/contracts'
import { userPrincipal, type Position, type Tx, type Window } from '@intellidocs/kernel'
import { known } from '../users/index.ts'
import type { OwnerStanding } from './orgs.policy.ts'

export type Member = {
  userId: UserId; email: string; name: string; role: MemberRole; roleId: OrgRoleId | null; status: 'active' | 'suspended'; joinedAt: Date
}
export type LockedMember = OwnerStanding & { userId: UserId; roleId: OrgRoleId | null }
export type RoleRef = { role: MemberRole; roleId: OrgRoleId | null }

/** Every method runs in a tenant unit, except `join`. */
export type MembersRepository = {
  /** Oldest first; of one group where `groupId` is given. */
  list(tx: Tx, of: { orgId: OrgId; groupId: string | null }, page: Window): Promise<(Member & { position: Position })[]>
  find(tx: Tx, orgId: OrgId, userId: UserId): Promise<Member | null>
  findByEmail(tx: Tx, orgId: OrgId, email: string): Promise<Member | null>
  /** Active owners, the oldest membership first. */
  owners(tx: Tx, orgId: OrgId): Promise<{ userId: UserId; email: string; name: string; locale: Locale }[]>
  /** These members and every owner, in one order for everybody; nobody else changes them until the unit ends. */
  lock(tx: Tx, orgId: OrgId, userIds: readonly UserId[]): Promise<LockedMember[]>
  setRole(tx: Tx, at: { orgId: OrgId; userId: UserId }, to: RoleRef): Promise<void>
  setStatus(tx: Tx, at: { orgId: OrgId; userId: UserId }, to: 'active' | 'suspended'): Promise<void>
  /** The membership with its keys, groups and invitations (by foreign key), and what was granted to the person. */
  remove(tx: Tx, at: { orgId: OrgId; userId: UserId }): Promise<void>
  /** Identity unit. False for somebody who is a member already. */
  join(tx: Tx, at: { orgId: OrgId; userId: UserId }, as: RoleRef): Promise<boolean>
}

type Row = { userId: string; email: string; name: string; role: string; roleId: string | null; status: string; joinedAt: Date }
const toMember = ({ userId, email, name, role, roleId, status, joinedAt }: Row): Member => ({
  userId: userId as UserId, email, name, role: memberRole.parse(role), roleId: roleId as OrgRoleId | null,
  status: orgsContract.memberStatus.parse(status), joinedAt,
})

async function list(tx: Tx, { orgId, groupId }: { orgId: OrgId; groupId: string | null }, { limit, after }: Window) {
  const rows = await tx.$queryRaw<(Row & { at: string })[]>`
    select m.user_id::text as "userId", m.email, m.name, m.role, m.role_id::text as "roleId", m.status,
      m.created_at as "joinedAt", m.created_at::text as at
    from app.member m
    where m.org_id = ${orgId}::uuid
      and (${groupId}::uuid is null or exists (select from group_member g
        where g.org_id = m.org_id and g.user_id = m.user_id and g.group_id = ${groupId}::uuid))
      and (${after?.at ?? null}::timestamptz is null or (m.created_at, m.user_id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by m.created_at, m.user_id
    limit ${limit + 1}::int`
  return rows.map((row) => ({ ...toMember(row), position: { at: row.at, id: row.userId } }))
}

async function lock(tx: Tx, orgId: OrgId, userIds: readonly UserId[]): Promise<LockedMember[]> {
  const rows = await tx.$queryRaw<{ userId: string; role: string; roleId: string | null; status: string; permissions: string[] | null; accountActive: boolean }[]>`
    select m.user_id::text as "userId", m.role, m.role_id::text as "roleId", m.status, r.permissions, a.account_active as "accountActive"
    from membership m join app.member a on a.org_id = m.org_id and a.user_id = m.user_id
    left join org_role r on r.org_id = m.org_id and r.id = m.role_id
    where m.org_id = ${orgId}::uuid and (m.role = 'owner' or m.user_id = any (${[...userIds]}::uuid[]))
    order by m.user_id for update of m`
  return rows.map(({ userId, role, roleId, status, permissions, accountActive }) => ({
    accountActive, userId: userId as UserId, role: memberRole.parse(role), roleId: roleId as OrgRoleId | null, status: orgsContract.memberStatus.parse(status),
    permissions: permissions === null ? null : known.parse(permissions),
  }))
}

export const membersRepository: MembersRepository = {
  list,
  lock,
  async find(tx, orgId, userId) {
    const [row] = await tx.$queryRaw<Row[]>`
      select user_id::text as "userId", email, name, role, role_id::text as "roleId", status, created_at as "joinedAt"
      from app.member where org_id = ${orgId}::uuid and user_id = ${userId}::uuid`
    return row === undefined ? null : toMember(row)
  },
  async findByEmail(tx, orgId, email) {
    const [row] = await tx.$queryRaw<Row[]>`
      select user_id::text as "userId", email, name, role, role_id::text as "roleId", status, created_at as "joinedAt"
      from app.member where org_id = ${orgId}::uuid and email = ${email}`
    return row === undefined ? null : toMember(row)
  },
  async owners(tx, orgId) {
    const rows = await tx.$queryRaw<{ userId: string; email: string; name: string; locale: string }[]>`
      select user_id::text as "userId", email, name, locale from app.member
      where org_id = ${orgId}::uuid and role = 'owner' and status = 'active' order by created_at, user_id`
    return rows.map(({ userId, email, name, locale }) => ({ userId: userId as UserId, email, name, locale: mailContract.locale.parse(locale) }))
  },
  async setRole(tx, { orgId, userId }, { role, roleId }) {
    await tx.membership.update({ where: { orgId_userId: { orgId, userId } }, data: { role, roleId } })
  },
  async setStatus(tx, { orgId, userId }, status) {
    await tx.membership.update({ where: { orgId_userId: { orgId, userId } }, data: { status } })
  },
  async remove(tx, { orgId, userId }) {
    await tx.membership.delete({ where: { orgId_userId: { orgId, userId } } })
    // Somebody who comes back one day begins without what they were once given.
    await tx.accessGrant.deleteMany({ where: { orgId, principal: userPrincipal(userId) } })
  },
  async join(tx, { orgId, userId }, { role, roleId }) {
    const joined = await tx.$executeRaw`
      insert into membership (org_id, user_id, role, role_id)
      values (${orgId}::uuid, ${userId}::uuid, ${role}, ${roleId}::uuid) on conflict do nothing`
    return joined === 1
  },
}
