import { z } from 'zod'
import { apiKeyId, orgId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { permissions, role } from './permissions.ts'
import { text } from './text.ts'

export const email = z.string().trim().toLowerCase().max(254).pipe(z.email())
export const password = z.string().min(8).max(128)

export const user = z.strictObject({ id: userId, email: z.string(), name: z.string(), platformAdmin: z.boolean() })
export type User = z.infer<typeof user>

const membership = z.strictObject({ orgId, name: z.string(), slug: z.string(), role })

/** `transport: 'token'` returns the session token for programs; browsers keep the default, an HttpOnly cookie. */
export const signIn = {
  input: z.strictObject({ email, password: z.string().min(1).max(128), transport: z.enum(['cookie', 'token']).default('cookie') }),
  output: z.strictObject({ user, orgs: z.array(membership), token: z.string().nullable(), expiresAt: z.iso.datetime() }),
}
export const signOut = { output: z.strictObject({ signedOut: z.literal(true) }) }
/** `org` and `role` are those of the request's organization; null when none is named. */
export const me = {
  output: z.strictObject({
    user, orgs: z.array(membership), org: orgId.nullable(), role: role.nullable(),
    permissions: z.array(z.enum(permissions)), via: z.enum(['session', 'apiKey']),
  }),
}

export const apiKey = z.strictObject({
  id: apiKeyId, name: z.string(), prefix: z.string(), role,
  createdAt: z.iso.datetime(), expiresAt: z.iso.datetime().nullable(), lastUsedAt: z.iso.datetime().nullable(), revokedAt: z.iso.datetime().nullable(),
})
/** A key acts with the lower of its own role and its owner's role at the time of the call. */
export const createApiKey = {
  input: z.strictObject({ name: text.trim().min(1).max(100), role: role.exclude(['owner']).default('editor'), expiresInDays: z.int().min(1).max(3650).nullable().default(365) }),
  output: z.strictObject({ key: apiKey, secret: z.string() }),
}
export const listApiKeys = { input: z.strictObject({ ...pageInput }), output: pageOf(apiKey) }
export const revokeApiKey = { input: z.strictObject({ id: apiKeyId }), output: apiKey }
