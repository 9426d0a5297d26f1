import { z } from 'zod'
import { apiKeyId, orgId, orgRoleId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { memberRole, permission } from './permissions.ts'
import { text } from './text.ts'

export const email = z.string().trim().toLowerCase().max(254).pipe(z.email())
export const password = z.string().min(8).max(128)

export const user = z.strictObject({ id: userId, email: z.string(), name: z.string(), platformAdmin: z.boolean() })
export type User = z.infer<typeof user>

/** `roleId` names the organization's own role where `role` is `custom`. */
const membership = z.strictObject({ orgId, name: z.string(), slug: z.string(), role: memberRole, roleId: orgRoleId.nullable() })

/** `transport: 'token'` returns the session token for programs; browsers keep the default, an HttpOnly cookie. */
export const signIn = {
  input: z.strictObject({ email, password: z.string().min(1).max(128), transport: z.enum(['cookie', 'token']).default('cookie') }),
  output: z.strictObject({ user, orgs: z.array(membership), token: z.string().nullable(), expiresAt: z.iso.datetime() }),
}
export const signOut = { output: z.strictObject({ signedOut: z.literal(true) }) }
/** `org` and `role` are those of the request's organization; null when none is named. */
export const me = {
  output: z.strictObject({
    user, orgs: z.array(membership), org: orgId.nullable(), role: memberRole.nullable(),
    permissions: z.array(permission), via: z.enum(['session', 'apiKey']),
  }),
}

export const apiKey = z.strictObject({
  id: apiKeyId, name: z.string(), prefix: z.string(), scopes: z.array(permission),
  createdAt: z.iso.datetime(), expiresAt: z.iso.datetime().nullable(), lastUsedAt: z.iso.datetime().nullable(), revokedAt: z.iso.datetime().nullable(),
})
/** A key holds what of its scopes its owner holds at the time of the call. Without scopes: what an editor holds. */
export const createApiKey = {
  input: z.strictObject({ name: text.trim().min(1).max(100), scopes: z.array(permission).min(1).max(100).optional(), expiresInDays: z.int().min(1).max(3650).nullable().default(365) }),
  output: z.strictObject({ key: apiKey, secret: z.string() }),
}
export const listApiKeys = { input: z.strictObject({ ...pageInput }), output: pageOf(apiKey) }
export const revokeApiKey = { input: z.strictObject({ id: apiKeyId }), output: apiKey }
