import { permissions, rolePermissions, type MemberRole, type Permission } from '@intellidocs/contracts'

/** Those who call, each of them naming the same organization in every case. */
export const callerNames = [
  'owner', 'admin', 'editor', 'viewer', 'guest', 'custom', 'suspended', 'stranger', 'platform administrator', 'anonymous', 'key of all scopes', 'key of read scopes', 'expired key', 'revoked key',
] as const
export type CallerName = (typeof callerNames)[number]

/** What the organization's own role of the cases may: a mixture that no built-in role has. */
export const customPermissions: Permission[] = ['documents:read', 'documents:edit', 'documents:manage', 'search:read', 'members:read', 'groups:manage', 'usage:read']
export const readScopes: Permission[] = ['documents:read', 'search:read', 'notifications:read', 'orgs:read', 'members:read', 'keys:read']

export type Who = {
  readonly name: CallerName
  /** What opens for them; a dead key opens nothing. */
  readonly by: 'session' | 'key' | 'nothing'
  readonly member: boolean
  readonly role: MemberRole | null
  readonly holds: ReadonlySet<Permission>
  /** Whether they are of the organization at large: every member but guests. */
  readonly atLarge: boolean
  /** Whether they administer the installation; of no organization they are a member then. */
  readonly platform: boolean
  /** Whether the documents and folders of the cases are theirs. */
  readonly owns: boolean
}

const nobody = { by: 'nothing', member: false, role: null, holds: new Set<Permission>(), atLarge: false, platform: false, owns: false } as const
const outsider = { ...nobody, by: 'session' } as const

function member(role: MemberRole, name: CallerName, given: Partial<Who> = {}): Who {
  const holds = new Set(role === 'custom' ? customPermissions : rolePermissions[role])
  return { name, by: 'session', member: true, role, holds, atLarge: role !== 'guest', platform: false, owns: role === 'owner', ...given }
}

export const callers: readonly [Who, ...Who[]] = [
  member('owner', 'owner'), member('admin', 'admin'), member('editor', 'editor'), member('viewer', 'viewer'), member('guest', 'guest'), member('custom', 'custom'),
  { ...outsider, name: 'suspended' }, { ...outsider, name: 'stranger' }, { ...outsider, name: 'platform administrator', platform: true },
  { ...nobody, name: 'anonymous' },
  member('owner', 'key of all scopes', { by: 'key', holds: new Set(permissions) }),
  member('owner', 'key of read scopes', { by: 'key', holds: new Set(readScopes) }),
  { ...nobody, name: 'expired key' }, { ...nobody, name: 'revoked key' },
]
