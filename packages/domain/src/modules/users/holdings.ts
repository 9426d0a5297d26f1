import { memberRole, permission, rolePermissions, type MemberRole, type OrgId, type Permission, type Role, type UserId } from '@intellidocs/contracts'
import { orgPrincipal, userPrincipal } from '@intellidocs/kernel'
import { z } from 'zod'

/** What a member has by their membership. `permissions` is null for a built-in role, which stands for its own. */
export type Holding = { readonly role: MemberRole; readonly permissions: readonly Permission[] | null; readonly principals: readonly string[] }

/**
 * The columns of a holding, of the membership `m` in the organization `o` of the account `u`; null roles and the account alone where there is no
 * membership. Principals are text with commas between, as a read takes them. Groups and granted folders are looked up each time, so that what is taken
 * away is gone with the next request; not where the rows say that there never was one, because a statement pays for each table it might read.
 */
export const HOLDING = `m.role, app.role_permissions(m.org_id, m.role_id) as permissions,
  concat_ws(',', case when m.role <> 'guest' then 'org:' || m.org_id end, 'user:' || u.id,
    case when m.grouped or o.grants_folders then app.carried(m.org_id, m.user_id, m.role = 'guest', m.grouped, o.grants_folders) end) as principals`

const KNOWN: ReadonlySet<string> = new Set(permission.options)
/** What a list in the database still means: a permission that a later version took away means nothing. */
export const known = z.array(z.string()).transform((names) => names.filter((name): name is Permission => KNOWN.has(name)))

export const holdingRow = z.object({ role: memberRole.nullable(), permissions: known.nullable(), principals: z.string().transform((text) => text.split(',')) })

/** Null without a membership. */
export function toHolding(row: z.infer<typeof holdingRow>): Holding | null {
  return row.role === null ? null : { role: row.role, permissions: row.permissions, principals: row.principals }
}

/** Of somebody who has just been given a built-in role, and is in no group yet. */
export function newHolding({ orgId, userId, role }: { orgId: OrgId; userId: UserId; role: Role }): Holding {
  return { role, permissions: null, principals: role === 'guest' ? [userPrincipal(userId)] : [orgPrincipal(orgId), userPrincipal(userId)] }
}

const ofRoles: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(rolePermissions.owner), admin: new Set(rolePermissions.admin), editor: new Set(rolePermissions.editor),
  viewer: new Set(rolePermissions.viewer), guest: new Set(rolePermissions.guest),
}

/** What somebody may, narrowed to the scopes of the key they came in by; null for no key. Built-in roles share one set each. */
export function permissionsOf({ role, permissions }: Omit<Holding, 'principals'>, scopes: readonly Permission[] | null): ReadonlySet<Permission> {
  const held = role === 'custom' ? new Set(permissions ?? []) : ofRoles[role]
  return scopes === null ? held : new Set(scopes.filter((scope) => held.has(scope)))
}

/** The same text as long as somebody may the same: what a live connection was opened with is compared with what it would be opened with now. */
export function authorityOf(holding: Omit<Holding, 'principals'>, scopes: readonly Permission[] | null): string {
  if (holding.role !== 'custom' && scopes === null) return holding.role
  return [holding.role, ...[...permissionsOf(holding, scopes)].sort()].join(' ')
}
