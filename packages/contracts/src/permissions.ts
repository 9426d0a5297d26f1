import { z } from 'zod'

/** What a role may hold. A role is a named set of these; a document's own readers are decided on top (`documents.policy`). */
export const permissions = [
  'documents:read', 'documents:create', 'documents:edit', 'documents:delete',
  'search:read', 'notifications:read',
  'orgs:read', 'orgs:manage', 'orgs:delete', 'members:read', 'members:manage',
  'keys:read', 'keys:manage', 'usage:read', 'audit:read',
] as const
export type Permission = (typeof permissions)[number]

export const roles = ['owner', 'admin', 'editor', 'viewer', 'guest'] as const
export const role = z.enum(roles)
export type Role = z.infer<typeof role>

const reader: Permission[] = ['documents:read', 'search:read', 'notifications:read']
const member: Permission[] = [...reader, 'orgs:read', 'members:read', 'keys:read', 'keys:manage']
const editor: Permission[] = [...member, 'documents:create', 'documents:edit', 'documents:delete']

export const rolePermissions: Record<Role, readonly Permission[]> = {
  owner: permissions,
  admin: permissions.filter((p) => p !== 'orgs:delete'),
  editor,
  viewer: member,
  guest: reader,
}
