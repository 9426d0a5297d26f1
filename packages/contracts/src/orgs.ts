import { z } from 'zod'
import { orgId, orgRoleId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { memberRole } from './permissions.ts'
import { text } from './text.ts'

export const org = z.strictObject({ id: orgId, name: z.string(), slug: z.string(), role: memberRole, createdAt: z.iso.datetime() })
export const slug = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and single dashes, 1 to 40')

export const createOrg = { input: z.strictObject({ name: text.trim().min(1).max(100), slug }), output: org }
export const listOrgs = { input: z.strictObject({ ...pageInput }), output: pageOf(org) }
export const getOrg = { output: org }
export const member = z.strictObject({ userId, email: z.string(), name: z.string(), role: memberRole, roleId: orgRoleId.nullable(), joinedAt: z.iso.datetime() })
export const listMembers = { input: z.strictObject({ ...pageInput }), output: pageOf(member) }
