import { memberRole, type MemberRole, type OrgId, type UserId } from '@intellidocs/contracts'
import type { Position, Tx, Window } from '@intellidocs/kernel'

export type Org = { id: OrgId; name: string; slug: string; createdAt: Date; purgeAt: Date | null }
export type OrgPlace = Org & { role: MemberRole; position: Position }

export type OrgsRepository = {
  /** Tenant unit of the new organization. False when the short name is taken. */
  insert(tx: Tx, org: Omit<Org, 'purgeAt'>): Promise<boolean>
  /** Tenant unit. */
  addOwner(tx: Tx, orgId: OrgId, userId: UserId, at: Date): Promise<void>
  /** Tenant unit: the organization that is set. */
  current(tx: Tx, orgId: OrgId): Promise<Org | null>
  /** Tenant unit: the same, and nobody else changes it until the unit ends. */
  lock(tx: Tx, orgId: OrgId): Promise<(Org & { deleting: boolean }) | null>
  /** Tenant unit. The unique index knows the short names that this unit cannot see: see `unlessTaken`. */
  rename(tx: Tx, orgId: OrgId, to: { name: string; slug: string }): Promise<void>
  /** Tenant unit. How many rows changed: 0 when it is being deleted already. */
  markDeleting(tx: Tx, orgId: OrgId, purgeAt: Date): Promise<number>
  /** Tenant unit, behind `lock`. How many rows changed: 0 when its time has come, or the installation deleted it. */
  unmarkDeleting(tx: Tx, orgId: OrgId): Promise<number>
  /** Identity unit: active memberships in active organizations and, of an owner, in those being deleted; oldest first. */
  ofUser(tx: Tx, of: { userId: UserId; onlyOrg: OrgId | null }, page: Window): Promise<OrgPlace[]>
  /** Identity unit: the organization of that id or short name which is being deleted, not by the installation, and which the user owns. */
  deletingOf(tx: Tx, userId: UserId, named: string): Promise<Org | null>
}

type OrgRow = { id: string; name: string; slug: string; createdAt: Date; purgeAt: Date | null }
const toOrg = ({ id, name, slug, createdAt, purgeAt }: OrgRow): Org => ({ id: id as OrgId, name, slug, createdAt, purgeAt })

async function ofUser(tx: Tx, { userId, onlyOrg }: { userId: UserId; onlyOrg: OrgId | null }, { limit, after }: Window): Promise<OrgPlace[]> {
  const rows = await tx.$queryRaw<(OrgRow & { role: string; at: string })[]>`
    select o.id::text, o.name, o.slug, o.created_at as "createdAt", o.purge_at as "purgeAt", m.role, m.created_at::text as at
    from membership m join org o on o.id = m.org_id and (o.status = 'active' or o.status = 'deleting' and m.role = 'owner')
    where m.user_id = ${userId}::uuid and m.status = 'active'
      and (${onlyOrg}::uuid is null or m.org_id = ${onlyOrg}::uuid)
      and (${after?.at ?? null}::timestamptz is null or (m.created_at, m.org_id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by m.created_at, m.org_id
    limit ${limit + 1}::int`
  return rows.map((row) => ({ ...toOrg(row), role: memberRole.parse(row.role), position: { at: row.at, id: row.id } }))
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
    const row = await tx.org.findUnique({ where: { id: orgId }, select: { id: true, name: true, slug: true, createdAt: true, purgeAt: true } })
    return row === null ? null : toOrg(row)
  },
  async lock(tx, orgId) {
    const [row] = await tx.$queryRaw<(OrgRow & { deleting: boolean })[]>`
      select id::text, name, slug, created_at as "createdAt", purge_at as "purgeAt", status = 'deleting' as deleting
      from org where id = ${orgId}::uuid for update`
    return row === undefined ? null : { ...toOrg(row), deleting: row.deleting }
  },
  async rename(tx, orgId, { name, slug }) {
    await tx.org.updateMany({ where: { id: orgId, status: 'active' }, data: { name, slug } })
  },
  markDeleting: (tx, orgId, purgeAt) => tx.$executeRaw`
    update org set status = 'deleting', purge_at = ${purgeAt}::timestamptz where id = ${orgId}::uuid and status = 'active'`,
  unmarkDeleting: (tx, orgId) => tx.$executeRaw`
    update org set status = 'active', purge_at = null, purge_counts = null
    where id = ${orgId}::uuid and status = 'deleting' and suspended_at is null and purge_at > clock_timestamp()`,
  ofUser,
  async deletingOf(tx, userId, named) {
    const [row] = await tx.$queryRaw<OrgRow[]>`
      select o.id::text, o.name, o.slug, o.created_at as "createdAt", o.purge_at as "purgeAt"
      from org o join membership m on m.org_id = o.id and m.user_id = ${userId}::uuid and m.role = 'owner' and m.status = 'active'
      where o.status = 'deleting' and o.suspended_at is null and (o.id::text = lower(${named}) or o.slug = ${named})`
    return row === undefined ? null : toOrg(row)
  },
}
