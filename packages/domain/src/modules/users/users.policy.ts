import { rolePermissions, roles, type OrgId, type Permission, type Role, type UserId } from '@intellidocs/contracts'
import { orgPrincipal, userPrincipal, type Actor } from '@intellidocs/kernel'

const rank = (role: Role): number => roles.indexOf(role)

/** The one of two roles that holds less; `roles` lists them from most to least. */
export const lowerRole = (a: Role, b: Role): Role => (rank(a) >= rank(b) ? a : b)

/** May somebody of role `own` hand out `given`? Never more than they hold themselves. */
export const mayGrantRole = (own: Role, given: Role): boolean => rank(given) >= rank(own)

/** Keys are made by people: a leaked key must not be able to make itself a successor. */
export const mayCreateKey = (actor: Actor, role: Role): boolean => actor.kind === 'user' && mayGrantRole(actor.role, role)

/** One's own keys; who manages members ends anybody's, except that only an owner ends an owner's. */
export function mayRevokeKey(actor: Actor, key: { userId: string; ownerRole: Role }): boolean {
  if (key.userId === actor.userId) return true
  return actor.permissions.has('members:manage') && (actor.role === 'owner' || key.ownerRole !== 'owner')
}

const permissionSets: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(rolePermissions.owner), admin: new Set(rolePermissions.admin), editor: new Set(rolePermissions.editor),
  viewer: new Set(rolePermissions.viewer), guest: new Set(rolePermissions.guest),
}

/** Guests are not part of "the whole organization": they see only what names them. */
export function createActor(who: { kind: 'user' | 'apiKey'; userId: UserId; orgId: OrgId; role: Role; requestId: string }): Actor {
  const own = userPrincipal(who.userId)
  const principals = who.role === 'guest' ? [own] : [orgPrincipal(who.orgId), own]
  return Object.freeze({ ...who, permissions: permissionSets[who.role], principals: Object.freeze(principals) })
}
