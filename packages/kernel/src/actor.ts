import { rolePermissions, SYSTEM_USER_ID, type OrgId, type Permission, type Role, type UserId } from '@intellidocs/contracts'

/** Who acts, in which organization. Built once a request by `users` (people, keys) or by `systemActor` (worker). */
export type Actor = {
  readonly kind: 'user' | 'apiKey' | 'system'
  readonly userId: UserId
  readonly orgId: OrgId
  readonly role: Role
  readonly permissions: ReadonlySet<Permission>
  /** What documents' readers are matched against: `org:<id>` (guests lack it), `user:<id>`, later `group:<id>`. */
  readonly principals: readonly string[]
  readonly requestId: string
}

/** Somebody signed in, before an organization is named. */
export type Person = { readonly userId: UserId; readonly platformAdmin: boolean; readonly requestId: string }

export const orgPrincipal = (orgId: OrgId): string => `org:${orgId}`
export const userPrincipal = (userId: UserId): string => `user:${userId}`

/** The worker acting for one organization. It has no role to escalate: services check it by `kind`. */
export function systemActor(orgId: OrgId, requestId: string): Actor {
  return Object.freeze({
    kind: 'system', userId: SYSTEM_USER_ID, orgId, role: 'owner',
    permissions: new Set(rolePermissions.owner), principals: [orgPrincipal(orgId)], requestId,
  })
}
