import { z } from 'zod'
import { groupId, invitationId, orgId, orgRoleId, userId } from './ids.ts'
import { locale } from './mail.ts'
import { pageInput, pageOf } from './paging.ts'
import { memberRole, permission, role } from './permissions.ts'
import { nameLine as name, text } from './text.ts'
import { email } from './users.ts'

const moment = z.iso.datetime()

/** `purgeAt` is set while the organization is being deleted: until then its owners may undelete it. */
export const org = z.strictObject({ id: orgId, name: z.string(), slug: z.string(), role: memberRole, createdAt: moment, purgeAt: moment.nullable() })
export const slug = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and single dashes, 1 to 40')

export const createOrg = { input: z.strictObject({ name, slug }), output: org }
/** Those that are being deleted are listed to their owners alone. */
export const listOrgs = { input: z.strictObject({ ...pageInput }), output: pageOf(org) }
export const getOrg = { output: org }
export const updateOrg = { input: z.strictObject({ name: name.optional(), slug: slug.optional() }), output: org }
/** `slug` is the organization's present short name, typed to confirm. */
export const deleteOrg = { input: z.strictObject({ slug: z.string().max(40) }), output: org }
export const undeleteOrg = { output: org }
export const leaveOrg = { output: z.strictObject({ left: z.literal(true) }) }

/** A built-in role, or `custom` with the id of one of the organization's own. */
const given = { role: memberRole, roleId: orgRoleId.nullable().default(null) }
const isWhole = ({ role: named, roleId }: { role: string; roleId: string | null }): boolean => (named === 'custom') === (roleId !== null)
const WHOLE = { message: 'a role of the organization is given as custom with its roleId, a built-in one without', path: ['roleId'] }

export const memberStatus = z.enum(['active', 'suspended'])
export const member = z.strictObject({
  userId, email: z.string(), name: z.string(), role: memberRole, roleId: orgRoleId.nullable(), status: memberStatus, joinedAt: moment,
})
/** Suspended members are among them. */
export const listMembers = { input: z.strictObject({ ...pageInput }), output: pageOf(member) }
const memberRef = z.strictObject({ userId })
export const setMemberRole = { input: z.strictObject({ userId, ...given }).refine(isWhole, WHOLE), output: member }
export const suspendMember = { input: memberRef, output: member }
export const resumeMember = { input: memberRef, output: member }
export const removeMember = { input: memberRef, output: z.strictObject({ userId, removed: z.literal(true) }) }
export const transferOwnership = { input: memberRef, output: member }

export const invitation = z.strictObject({
  id: invitationId, email: z.string(), role: memberRole, roleId: orgRoleId.nullable(), invitedBy: userId, createdAt: moment, expiresAt: moment,
})
/** The token is mailed to the address and told to nobody else, as it proves the address. `locale` is the language of the mail. */
export const createInvitation = {
  input: z.strictObject({ email, ...given, locale: locale.default('en') }).refine(isWhole, WHOLE),
  output: z.strictObject({ invitation }),
}
export const listInvitations = { input: z.strictObject({ ...pageInput }), output: pageOf(invitation) }
export const revokeInvitation = {
  input: z.strictObject({ id: invitationId }), output: z.strictObject({ id: invitationId, revoked: z.literal(true) }),
}
export const acceptInvitation = { input: z.strictObject({ token: z.string().min(1).max(200) }), output: org }

export const group = z.strictObject({ id: groupId, name: z.string(), members: z.int(), createdAt: moment })
export const createGroup = { input: z.strictObject({ name }), output: group }
export const listGroups = { input: z.strictObject({ ...pageInput }), output: pageOf(group) }
export const updateGroup = { input: z.strictObject({ id: groupId, name }), output: group }
export const deleteGroup = { input: z.strictObject({ id: groupId }), output: z.strictObject({ id: groupId, deleted: z.literal(true) }) }
const inGroup = z.strictObject({ groupId, userId })
export const addGroupMember = { input: inGroup, output: group }
export const removeGroupMember = { input: inGroup, output: group }
export const listGroupMembers = { input: z.strictObject({ groupId, ...pageInput }), output: pageOf(member) }

/** One of the organization's own. */
export const ownRole = z.strictObject({ id: orgRoleId, name: z.string(), permissions: z.array(permission), members: z.int(), createdAt: moment })
/** Without what is the owner's alone. */
const rolePermissionList = z.array(permission.exclude(['orgs:delete'])).min(1).max(100).transform((list) => [...new Set(list)])
export const listRoles = {
  input: z.strictObject({ ...pageInput }),
  output: pageOf(ownRole).extend({ builtIn: z.array(z.strictObject({ role, permissions: z.array(permission) })) }),
}
export const createRole = { input: z.strictObject({ name, permissions: rolePermissionList }), output: ownRole }
export const updateRole = {
  input: z.strictObject({ id: orgRoleId, name: name.optional(), permissions: rolePermissionList.optional() }), output: ownRole,
}
export const deleteRole = { input: z.strictObject({ id: orgRoleId }), output: z.strictObject({ id: orgRoleId, deleted: z.literal(true) }) }

/** `open` until it ends or is revoked. `visits`: administrators of the installation who looked, and why. */
export const supportAccess = z.strictObject({
  id: z.uuid(), reason: z.string(), grantedBy: userId, grantedAt: moment, endsAt: moment, revokedAt: moment.nullable(), open: z.boolean(),
  visits: z.array(z.strictObject({ userId, reason: z.string(), openedAt: moment })),
})
export type SupportAccess = z.infer<typeof supportAccess>
/** By an owner in person. Administrators of the installation read then what a viewer reads, for so many hours, and change nothing. */
export const grantSupport = { input: z.strictObject({ hours: z.int().min(1).max(168), reason: text.trim().min(3).max(500) }), output: supportAccess }
export const listSupport = { input: z.strictObject({ ...pageInput }), output: pageOf(supportAccess) }
/** Ends it at once, on open connections within two seconds. */
export const revokeSupport = { input: z.strictObject({ id: z.uuid() }), output: supportAccess }
