import type { OrgId, OrgRoleId, Permission } from '@intellidocs/contracts'
import type { Position, Tx, Window } from '@intellidocs/kernel'
import { known } from '../users/index.ts'

export type OwnRole = { id: OrgRoleId; name: string; permissions: Permission[]; members: number; createdAt: Date }
export type NewRole = { id: OrgRoleId; orgId: OrgId; name: string; permissions: readonly Permission[]; createdAt: Date }

/** Every method runs in a tenant unit. Names are unique by an index: see `unlessTaken`. */
export type RolesRepository = {
  /** Newest last. */
  list(tx: Tx, orgId: OrgId, page: Window): Promise<(OwnRole & { position: Position })[]>
  find(tx: Tx, orgId: OrgId, id: OrgRoleId): Promise<OwnRole | null>
  /** The same; until the unit ends nobody changes it, and nobody is given it. */
  lock(tx: Tx, orgId: OrgId, id: OrgRoleId): Promise<OwnRole | null>
  insert(tx: Tx, role: NewRole): Promise<void>
  update(tx: Tx, at: { orgId: OrgId; id: OrgRoleId }, to: { name: string; permissions: readonly Permission[] }): Promise<void>
  /** Members, suspended ones too, and open invitations: whether anything names the role. */
  isHeld(tx: Tx, orgId: OrgId, id: OrgRoleId): Promise<boolean>
  remove(tx: Tx, orgId: OrgId, id: OrgRoleId): Promise<void>
}

type Row = { id: string; name: string; permissions: string[]; members: number; createdAt: Date }
const toRole = ({ id, name, permissions, members, createdAt }: Row): OwnRole =>
  ({ id: id as OrgRoleId, name, permissions: known.parse(permissions), members, createdAt })

async function find(tx: Tx, orgId: OrgId, id: OrgRoleId): Promise<OwnRole | null> {
  const [row] = await tx.$queryRaw<Row[]>`
    select r.id::text, r.name, r.permissions, r.created_at as "createdAt",
      (select count(*) from membership m where m.org_id = r.org_id and m.role_id = r.id)::int as members
    from org_role r where r.org_id = ${orgId}::uuid and r.id = ${id}::uuid`
  return row === undefined ? null : toRole(row)
}

export const rolesRepository: RolesRepository = {
  find,
  async list(tx, orgId, { limit, after }) {
    const rows = await tx.$queryRaw<(Row & { at: string })[]>`
      select r.id::text, r.name, r.permissions, r.created_at as "createdAt", r.created_at::text as at,
        (select count(*) from membership m where m.org_id = r.org_id and m.role_id = r.id)::int as members
      from org_role r
      where r.org_id = ${orgId}::uuid
        and (${after?.at ?? null}::timestamptz is null or (r.created_at, r.id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by r.created_at, r.id
      limit ${limit + 1}::int`
    return rows.map((row) => ({ ...toRole(row), position: { at: row.at, id: row.id } }))
  },
  async lock(tx, orgId, id) {
    await tx.$queryRaw`select id::text from org_role where org_id = ${orgId}::uuid and id = ${id}::uuid for update`
    return find(tx, orgId, id)
  },
  async insert(tx, { id, orgId, name, permissions, createdAt }) {
    await tx.orgRole.create({ data: { id, orgId, name, permissions: [...permissions], createdAt } })
  },
  async update(tx, { orgId, id }, { name, permissions }) {
    await tx.orgRole.update({ where: { orgId_id: { orgId, id } }, data: { name, permissions: [...permissions] } })
  },
  async isHeld(tx, orgId, id) {
    const [row] = await tx.$queryRaw<{ held: boolean }[]>`
      select exists (select from membership where org_id = ${orgId}::uuid and role_id = ${id}::uuid)
        or exists (select from invitation where org_id = ${orgId}::uuid and role_id = ${id}::uuid and expires_at > now()) as held`
    return row?.held === true
  },
  async remove(tx, orgId, id) {
    await tx.invitation.deleteMany({ where: { orgId, roleId: id } })
    await tx.orgRole.delete({ where: { orgId_id: { orgId, id } } })
  },
}
