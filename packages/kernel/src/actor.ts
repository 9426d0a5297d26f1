import {
  PLATFORM_ORG_ID, rolePermissions, SYSTEM_USER_ID, type ApiKeyId, type FolderId, type GroupId, type MemberRole, type OrgId, type Permission, type SessionId, type UserId,
} from '@intellidocs/contracts'

/** By what somebody came in, for the audit. At most one of session and key is set; the worker has neither, nor an address. */
export type Source = { readonly sessionId: SessionId | null; readonly keyId: ApiKeyId | null; readonly address: string | null }

/** Who acts, in which organization. Built once a request by `users` (people, keys) or by `systemActor` (worker). */
export type Actor = {
  readonly kind: 'user' | 'apiKey' | 'system'
  readonly userId: UserId
  readonly orgId: OrgId
  readonly role: MemberRole
  readonly permissions: ReadonlySet<Permission>
  /** What documents' readers are matched against: `org:<id>` (guests lack it), `user:<id>`, `group:<id>`, `folder:<id>` of those granted to one of these. */
  readonly principals: readonly string[]
  readonly requestId: string
  readonly source: Source
}

/** Somebody signed in, before an organization is named. */
export type Person = { readonly userId: UserId; readonly platformAdmin: boolean; readonly requestId: string; readonly source: Source }

export const orgPrincipal = (orgId: OrgId): string => `org:${orgId}`
export const userPrincipal = (userId: UserId): string => `user:${userId}`
export const groupPrincipal = (groupId: GroupId): string => `group:${groupId}`
/** Carried by documents for each folder above them, and by actors for each folder that is granted to them. */
export const folderPrincipal = (folderId: FolderId): string => `folder:${folderId}`

export const noSource: Source = Object.freeze({ sessionId: null, keyId: null, address: null })

/** The worker acting for one organization. It has no role to escalate: services check it by `kind`. */
export function systemActor(orgId: OrgId, requestId: string): Actor {
  return Object.freeze({
    kind: 'system', userId: SYSTEM_USER_ID, orgId, role: 'owner',
    permissions: new Set(rolePermissions.owner), principals: [orgPrincipal(orgId)], requestId, source: noSource,
  })
}

/**
 * Somebody acting where no organization is, in an identity unit: for `outbox.append` and `MailQueue.enqueue`, which write what they do under
 * `PLATFORM_ORG_ID`. It holds nothing. Without a person (nobody signed in) the account that it is about, or SYSTEM_USER_ID.
 */
export function platformActor({ userId, requestId, source }: Pick<Person, 'userId' | 'requestId' | 'source'>): Actor {
  return Object.freeze({ kind: 'user', userId, orgId: PLATFORM_ORG_ID, role: 'guest', permissions: new Set<Permission>(), principals: [], requestId, source })
}
