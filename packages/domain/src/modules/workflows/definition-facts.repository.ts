import type { FlowId, GroupId, OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

/** An active member; `decides`: whether their role lets them read documents and decide. */
type MemberRow = { userId: UserId; decides: boolean }
type Placed<Key> = { readonly key: Key; readonly userId: UserId | null }

/** What definitions of flows name, as it is in the organization now. People come the longest members first. */
export type DefinitionFactsRepository = {
  members(tx: Tx, orgId: OrgId, ids: readonly UserId[]): Promise<MemberRow[]>
  /** One row a group and person who decides; a group of nobody has one with null. What is no group of the organization has none. */
  groups(tx: Tx, orgId: OrgId, ids: readonly GroupId[]): Promise<Placed<GroupId>[]>
  roles(tx: Tx, orgId: OrgId, roles: readonly string[]): Promise<Placed<string>[]>
  /** Those who decide, by what a field may call them: their id, or their address in small letters. */
  called(tx: Tx, orgId: OrgId, names: readonly string[]): Promise<{ name: string; userId: UserId }[]>
  /** Published flows that are not archived, and which each starts. */
  starts(tx: Tx, orgId: OrgId): Promise<{ id: FlowId; starts: FlowId[] }[]>
}

export const definitionFactsRepository: DefinitionFactsRepository = {
  members: (tx, orgId, ids) => tx.$queryRaw<MemberRow[]>`
    select m.user_id as "userId", m.role <> 'custom' or coalesce(r.permissions @> array['documents:read', 'tasks:decide'], false) as decides
    from app.member m left join org_role r on r.org_id = m.org_id and r.id = m.role_id
    where m.org_id = ${orgId}::uuid and m.user_id = any(${[...ids]}::text[]::uuid[]) and m.status = 'active' and m.account_active`,
  groups: (tx, orgId, ids) => tx.$queryRaw<Placed<GroupId>[]>`
    select g.id as key, m.user_id as "userId" from org_group g left join (
      select p.group_id, a.org_id, a.user_id, a.created_at from group_member p join app.member a on a.org_id = p.org_id and a.user_id = p.user_id
      left join org_role r on r.org_id = a.org_id and r.id = a.role_id
      where a.status = 'active' and a.account_active and (a.role <> 'custom' or r.permissions @> array['documents:read', 'tasks:decide'])
    ) m on m.org_id = g.org_id and m.group_id = g.id
    where g.org_id = ${orgId}::uuid and g.id = any(${[...ids]}::text[]::uuid[]) order by m.created_at, m.user_id`,
  roles: (tx, orgId, roles) => tx.$queryRaw<Placed<string>[]>`
    select m.role as key, m.user_id as "userId" from app.member m
    where m.org_id = ${orgId}::uuid and m.role = any(${[...roles]}::text[]) and m.role <> 'custom' and m.status = 'active' and m.account_active
    order by m.created_at, m.user_id`,
  called: (tx, orgId, names) => tx.$queryRaw<{ name: string; userId: UserId }[]>`
    select n.name, m.user_id as "userId" from unnest(${[...names]}::text[]) n(name) join app.member m on m.user_id::text = n.name or m.email = n.name
    left join org_role r on r.org_id = m.org_id and r.id = m.role_id
    where m.org_id = ${orgId}::uuid and m.status = 'active' and m.account_active and (m.role <> 'custom' or r.permissions @> array['documents:read', 'tasks:decide'])`,
  starts: (tx, orgId) => tx.$queryRaw<{ id: FlowId; starts: FlowId[] }[]>`
    select f.id, array(select jsonb_array_elements_text(jsonb_path_query_array(v.spec, '$.effects.*[*] ? (@.do == "start").flowId'))) as starts
    from flow f join flow_version v on v.org_id = f.org_id and v.flow_id = f.id and v.version = f.version
    where f.org_id = ${orgId}::uuid and f.status = 'active'`,
}
