import { memberRole, type MemberRole, type OrgId, type OrgRoleId, type UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

export type Org = { id: OrgId; name: string; slug: string; createdAt: Date }
export type Position = { at: string; id: string }
export type Member = { userId: UserId; email: string; name: string; role: MemberRole; roleId: OrgRoleId | null; joinedAt: Date; position: Position }
export type OrgPlace = Org & { role: MemberRole; position: Position }

export type OrgsRepository = {
  /** Tenant unit of the new organization. False when the short name is taken. */
  insert(tx: Tx, org: Org): Promise<boolean>
  /** Tenant unit. */
  addOwner(tx: Tx, orgId: OrgId, userId: UserId, at: Date): Promise<void>
  /** Tenant unit: the organization that is set. */
  current(tx: Tx, orgId: OrgId): Promise<Org | null>
  /** Identity unit: active memberships in active organizations, oldest first; one row more than `limit` tells of a next page. */
  ofUser(tx: Tx, userId: UserId, onlyOrg: OrgId | null, limit: number, after: Position | null): Promise<OrgPlace[]>
  /** Tenant unit: active members, oldest first; one row more than `limit`. */
  members(tx: Tx, limit: number, after: Position | null): Promise<Member[]>
}

async function ofUser(tx: Tx, userId: UserId, onlyOrg: OrgId | null, limit: number, after: Position | null): Promise<OrgPlace[]> {
  const rows = await tx.$queryRaw<{ id: string; name: string; slug: string; createdAt: Date; role: string; at: string }[]>`
    select o.id::text, o.name, o.slug, o.created_at as "createdAt", m.role, m.created_at::text as at
    from membership m join org o on o.id = m.org_id and o.status = 'active'
    where m.user_id = ${userId}::uuid and m.status = 'active'
      and (${onlyOrg}::uuid is null or m.org_id = ${onlyOrg}::uuid)
      and (${after?.at ?? null}::timestamptz is null or (m.created_at, m.org_id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by m.created_at, m.org_id
    limit ${limit + 1}::int`
  return rows.map(({ id, name, slug, createdAt, role, at }) => (
    { id: id as OrgId, name, slug, createdAt, role: memberRole.parse(role), position: { at, id } }))
}

async function members(tx: Tx, limit: number, after: Position | null): Promise<Member[]> {
  const rows = await tx.$queryRaw<{ userId: string; email: string; name: string; role: string; roleId: string | null; joinedAt: Date; at: string }[]>`
    select user_id::text as "userId", email, name, role, role_id::text as "roleId", created_at as "joinedAt", created_at::text as at
    from app.member
    where status = 'active'
      and (${after?.at ?? null}::timestamptz is null or (created_at, user_id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at, user_id
    limit ${limit + 1}::int`
  return rows.map(({ userId, email, name, role, roleId, joinedAt, at }) => (
    { userId: userId as UserId, email, name, role: memberRole.parse(role), roleId: roleId as OrgRoleId | null, joinedAt, position: { at, id: userId } }))
}

export const orgsRepository: OrgsRepository = {
  async insert(tx, { id, name, slug, createdAt }) {
    const inserted = await tx.$executeRaw`
      insert into org (id, name, slug, created_at) values (${id}::uuid, ${name}, ${slug}, ${createdAt}::timestamptz) on conflict do nothing`
    return inserted === 1
  },
  async addOwner(tx, orgId, userId, at) {
    await tx.membership.create({ data: { orgId, userId, role: 'owner', createdAt: at } })
  },
  async current(tx, orgId) {
    const row = await tx.org.findUnique({ where: { id: orgId }, select: { name: true, slug: true, createdAt: true } })
    return row === null ? null : { id: orgId, ...row }
  },
  ofUser,
  members,
}
