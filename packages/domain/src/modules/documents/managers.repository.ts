import { rolePermissions, roles, type FolderId, type GrantId, type OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'

const editing = roles.filter((role) => rolePermissions[role].includes('documents:edit'))

/** Whether the grant `g` makes somebody a manager: an active member whose role can edit, themselves or as one of a group or of the organization. */
const managing = Prisma.sql`g.level = 'manage' and exists (
  select from app.member m left join org_role r on r.org_id = m.org_id and r.id = m.role_id
  where m.org_id = g.org_id and m.status = 'active' and (m.role = any(${editing}::text[]) or 'documents:edit' = any(r.permissions))
    and (g.principal = 'user:' || m.user_id or (g.principal = 'org:' || m.org_id and m.role <> 'guest') or exists (
      select from group_member gm where gm.org_id = m.org_id and gm.user_id = m.user_id and g.principal = 'group:' || gm.group_id)))`

/**
 * The restricted folders among these and those below them that nobody manages by a grant on them or on one above them, those above first.
 * `without`: a grant that is taken for gone.
 */
export async function unmanagedFolders(tx: Tx, orgId: OrgId, of: { at: readonly FolderId[]; without?: GrantId }): Promise<FolderId[]> {
  const rows = await tx.$queryRaw<{ id: FolderId }[]>`
    select f.id from folder f
    where f.org_id = ${orgId}::uuid and f.visibility = 'restricted' and f.path && ${[...of.at]}::text[]::uuid[] and not exists (
      select from access_grant g where g.org_id = f.org_id and g.folder_id = any(f.path) and g.id is distinct from ${of.without ?? null}::uuid and ${managing})
    order by cardinality(f.path), f.id`
  return rows.map(({ id }) => id)
}

/** Whether what is granted on the way to one place differs from that on the way to another; null is the top, on the way to which nothing is. */
export async function grantsDiffer(tx: Tx, orgId: OrgId, between: { from: FolderId | null; to: FolderId | null }): Promise<boolean> {
  const rows = await tx.$queryRaw<{ differ: boolean }[]>`
    with reaching as (
      select f.id, g.principal, max(array_position(array['view', 'edit', 'manage'], g.level)) as level
      from folder f join access_grant g on g.org_id = f.org_id and g.folder_id = any(f.path)
      where f.org_id = ${orgId}::uuid and f.id in (${between.from}::uuid, ${between.to}::uuid) and ${between.from}::uuid is distinct from ${between.to}::uuid
      group by f.id, g.principal
    )
    select exists (select from reaching group by principal, level having count(*) = 1) as differ`
  return rows[0]?.differ ?? true
}

/** Whether something below the folder is kept from the actor, though the folder itself is not. */
export async function hidesBelow(tx: Tx, actor: Actor, folderId: FolderId): Promise<boolean> {
  if (actor.kind === 'system') return false
  const principals = [...actor.principals]
  const rows = await tx.$queryRaw<{ hides: boolean }[]>`
    select exists (
      select from folder f where f.org_id = ${actor.orgId}::uuid and f.path @> array[${folderId}::uuid]
        and not app.folder_shown(f.path, f.restricted, ${principals}::text[])
    ) or exists (
      select from folder f join document d on d.org_id = f.org_id and d.folder_id = f.id
      where f.org_id = ${actor.orgId}::uuid and f.path @> array[${folderId}::uuid] and d.visibility = 'restricted' and not exists (
        select from document_reader r where r.org_id = d.org_id and r.document_id = d.id and r.principal = any(${principals}::text[])
          and app.holds(r.principal, f.path, f.restricted))
    ) as hides`
  return rows[0]?.hides ?? true
}
