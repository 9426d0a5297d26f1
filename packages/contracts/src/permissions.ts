import { z } from 'zod'

/**
 * Who may do what: the whole list, and what each built-in role holds of it. An organization makes more roles from the same list, and an API key
 * is narrowed to a part of it. What of the documents somebody sees is decided on top, by their readers (`documents.policy`).
 */
export const permissions = [
  'documents:read', 'documents:create', 'documents:edit', 'documents:delete', 'documents:manage',
  'search:read', 'notifications:read', 'notifications:manage',
  'flows:read', 'flows:start', 'flows:manage', 'tasks:decide', 'webhooks:manage',
  'orgs:read', 'orgs:manage', 'orgs:delete', 'members:read', 'members:manage', 'groups:manage', 'roles:manage',
  'keys:read', 'keys:manage', 'usage:read', 'billing:manage', 'analytics:read', 'analytics:manage', 'audit:read', 'audit:export', 'retention:read', 'retention:manage', 'holds:manage',
] as const
export const permission = z.enum(permissions)
export type Permission = z.infer<typeof permission>

/** From the one that holds most to the one that holds least. */
export const roles = ['owner', 'admin', 'editor', 'viewer', 'guest'] as const
export const role = z.enum(roles)
export type Role = z.infer<typeof role>

/** What a membership carries: a built-in role, or one of the organization's own. */
export const memberRole = z.enum([...roles, 'custom'])
export type MemberRole = z.infer<typeof memberRole>

const reader: Permission[] = ['documents:read', 'search:read', 'notifications:read', 'notifications:manage', 'tasks:decide']
const member: Permission[] = [...reader, 'orgs:read', 'members:read', 'keys:read', 'keys:manage', 'flows:read']
const editor: Permission[] = [...member, 'documents:create', 'documents:edit', 'documents:delete', 'flows:start']

export const rolePermissions: Record<Role, readonly Permission[]> = {
  owner: permissions,
  admin: permissions.filter((p) => p !== 'orgs:delete' && p !== 'billing:manage'),
  editor,
  viewer: member,
  guest: reader,
}
