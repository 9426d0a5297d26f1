import type { GroupId, OrgId, UserId } from '@intellidocs/contracts'
import { groupPrincipal, type Position, type Tx, type Window } from '@intellidocs/kernel'

export type Group = { id: GroupId; name: string; members: number; createdAt: Date }
export type NewGroup = { id: GroupId; orgId: OrgId; name: string; createdAt: Date }
export type Place = { orgId: OrgId; groupId: GroupId; userId: UserId }

/** Every method runs in a tenant unit. Names are unique by an index: see `unlessTaken`. */
export type GroupsRepository = {
  /** Oldest first. */
  list(tx: Tx, orgId: OrgId, page: Window): Promise<(Group & { position: Position })[]>
  find(tx: Tx, orgId: OrgId, id: GroupId): Promise<Group | null>
  insert(tx: Tx, group: NewGroup): Promise<void>
  rename(tx: Tx, at: { orgId: OrgId; id: GroupId }, name: string): Promise<void>
  /** The group, who was in it, and what was granted to it. How many grants went; null when there is no such group. */
  remove(tx: Tx, orgId: OrgId, id: GroupId): Promise<number | null>
  /** Whether anything is granted to the group; nobody grants to it until the unit ends. */
  hasGrants(tx: Tx, orgId: OrgId, id: GroupId): Promise<boolean>
  has(tx: Tx, place: Place): Promise<boolean>
  /** False when the member was in it already. */
  add(tx: Tx, place: Place): Promise<boolean>
  /** False when they were not in it. */
  take(tx: Tx, place: Place): Promise<boolean>
}

type Row = { id: string; name: string; members: number; createdAt: Date }
const toGroup = ({ id, name, members, createdAt }: Row): Group => ({ id: id as GroupId, name, members, createdAt })

export const groupsRepository: GroupsRepository = {
  async list(tx, orgId, { limit, after }) {
    const rows = await tx.$queryRaw<(Row & { at: string })[]>`
      select g.id::text, g.name, g.created_at as "createdAt", g.created_at::text as at,
        (select count(*) from group_member p where p.org_id = g.org_id and p.group_id = g.id)::int as members
      from org_group g
      where g.org_id = ${orgId}::uuid
        and (${after?.at ?? null}::timestamptz is null or (g.created_at, g.id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by g.created_at, g.id
      limit ${limit + 1}::int`
    return rows.map((row) => ({ ...toGroup(row), position: { at: row.at, id: row.id } }))
  },
  async find(tx, orgId, id) {
    const [row] = await tx.$queryRaw<Row[]>`
      select g.id::text, g.name, g.created_at as "createdAt",
        (select count(*) from group_member p where p.org_id = g.org_id and p.group_id = g.id)::int as members
      from org_group g where g.org_id = ${orgId}::uuid and g.id = ${id}::uuid`
    return row === undefined ? null : toGroup(row)
  },
  async insert(tx, { id, orgId, name, createdAt }) {
    await tx.orgGroup.create({ data: { id, orgId, name, createdAt } })
  },
  async rename(tx, { orgId, id }, name) {
    await tx.orgGroup.updateMany({ where: { orgId, id }, data: { name } })
  },
  async remove(tx, orgId, id) {
    // The group first: whoever grants to it at this moment waits for its row, and finds it gone.
    const { count } = await tx.orgGroup.deleteMany({ where: { orgId, id } })
    if (count === 0) return null
    return (await tx.accessGrant.deleteMany({ where: { orgId, principal: groupPrincipal(id) } })).count
  },
  async hasGrants(tx, orgId, id) {
    await tx.$queryRaw`select id::text from org_group where org_id = ${orgId}::uuid and id = ${id}::uuid for update`
    return await tx.accessGrant.findFirst({ where: { orgId, principal: groupPrincipal(id) }, select: { id: true } }) !== null
  },
  async has(tx, place) {
    return await tx.groupMember.findFirst({ where: place, select: { userId: true } }) !== null
  },
  async add(tx, { orgId, groupId, userId }) {
    const added = await tx.$executeRaw`
      insert into group_member (org_id, group_id, user_id) values (${orgId}::uuid, ${groupId}::uuid, ${userId}::uuid) on conflict do nothing`
    return added === 1
  },
  async take(tx, { orgId, groupId, userId }) {
    return (await tx.groupMember.deleteMany({ where: { orgId, groupId, userId } })).count === 1
  },
}
