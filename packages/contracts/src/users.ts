import { z } from 'zod'
import { email } from './email.ts'
import { apiKeyId, orgId, orgRoleId, sessionId, userId } from './ids.ts'
import { locale } from './mail.ts'
import { pageInput, pageOf } from './paging.ts'
import { memberRole, permission } from './permissions.ts'
import { nameLine } from './text.ts'

export { email }
export const password = z.string().min(8).max(128)

export const user = z.strictObject({ id: userId, email: z.string(), name: z.string(), platformAdmin: z.boolean() })
export type User = z.infer<typeof user>

/** `roleId` names the organization's own role where `role` is `custom`. */
const membership = z.strictObject({ orgId, name: z.string(), slug: z.string(), role: memberRole, roleId: orgRoleId.nullable() })

/** `token` returns the session token for programs; browsers keep the default, an HttpOnly cookie. */
const transport = z.enum(['cookie', 'token']).default('cookie')
/** Any password that somebody may have, to compare with. */
const givenPassword = z.string().min(1).max(128)
/** Six digits of the second factor, or a recovery code. */
const code = z.string().trim().min(6).max(40)
/** Of a mail or an invitation, or of the way to the second factor. */
const oneTimeToken = z.string().min(1).max(200)
/** The session that goes on under a new id; `token` is null where it went into the cookie. */
const renewed = { token: z.string().nullable(), expiresAt: z.iso.datetime() }

/** With an invitation to this address the account is there at once; else a mail brings the link that makes it, or says that there is one. */
export const signUp = {
  input: z.strictObject({ email, password, name: nameLine, locale: locale.default('en'), invitation: oneTimeToken.optional() }),
  output: z.strictObject({ next: z.enum(['verify-email', 'sign-in']) }),
}
/** The password is that of the sign-up whose link this is. */
export const verifyEmail = { input: z.strictObject({ token: oneTimeToken, password: givenPassword }), output: z.strictObject({ verified: z.literal(true) }) }
/**
 * With a second factor and without `code` the answer is `auth.second_factor_required`, whose `details.challenge` goes to `secondFactor`. A code
 * that is given along saves that step.
 */
export const signIn = {
  input: z.strictObject({ email, password: givenPassword, transport, code: code.optional() }),
  output: z.strictObject({ user, orgs: z.array(membership), ...renewed }),
}
export const secondFactor = { input: z.strictObject({ challenge: oneTimeToken, code, transport }), output: signIn.output }
/** Answers alike whether there is such an account or not. */
export const requestPasswordReset = { input: z.strictObject({ email }), output: z.strictObject({ requested: z.literal(true) }) }
export const resetPassword = { input: z.strictObject({ token: oneTimeToken, password }), output: z.strictObject({ reset: z.literal(true) }) }
/** Ends every session; that of the request goes on under a new id. */
export const changePassword = { input: z.strictObject({ current: givenPassword, password, transport }), output: z.strictObject(renewed) }

export const session = z.strictObject({
  id: sessionId, device: z.string().nullable(), address: z.string().nullable(), createdAt: z.iso.datetime(), lastSeenAt: z.iso.datetime(),
  secondFactor: z.boolean(), current: z.boolean(),
})
export const listSessions = { input: z.strictObject({ ...pageInput }), output: pageOf(session) }
export const revokeSession = { input: z.strictObject({ id: sessionId }), output: z.strictObject({ revoked: z.int() }) }
export const revokeOtherSessions = { output: z.strictObject({ revoked: z.int() }) }

/** `secret` is Base32, for typing; `uri` (`otpauth://…`) is the same for an app's camera. Nothing is asked for until `confirm`. */
export const beginTotp = { input: z.strictObject({ password: givenPassword }), output: z.strictObject({ secret: z.string(), uri: z.string() }) }
/** The recovery codes are shown this once; each opens once. All other sessions end. */
export const confirmTotp = { input: z.strictObject({ code, transport }), output: z.strictObject({ recoveryCodes: z.array(z.string()), ...renewed }) }
export const disableTotp = { input: z.strictObject({ code, transport }), output: z.strictObject(renewed) }

export const signOut = { output: z.strictObject({ signedOut: z.literal(true) }) }
/** `org` and `role` are those of the request's organization; null when none is named. */
export const me = {
  output: z.strictObject({
    user, orgs: z.array(membership), org: orgId.nullable(), role: memberRole.nullable(),
    permissions: z.array(permission), via: z.enum(['session', 'apiKey']), emailVerified: z.boolean(), secondFactor: z.boolean(),
  }),
}

const profile = z.strictObject({
  id: userId, email: z.string(), name: z.string(), locale, emailVerified: z.boolean(), secondFactor: z.boolean(), createdAt: z.iso.datetime(),
})
export const getProfile = { output: profile }
export const updateProfile = {
  input: z.strictObject({ name: nameLine.optional(), locale: locale.optional() }).refine((change) => Object.keys(change).length > 0, 'nothing to change'),
  output: profile,
}
export const deleteAccount = { input: z.strictObject({ password: givenPassword }), output: z.strictObject({ deleted: z.literal(true) }) }

/** What an account's security log tells of. */
export const securityKinds = [
  'signed-up', 'signed-in', 'sign-in-refused', 'second-factor-refused', 'new-device', 'signed-out', 'session-revoked', 'password-changed',
  'password-reset-requested', 'password-reset', 'sign-up-repeated', 'totp-on', 'totp-off', 'recovery-code-used', 'key-created', 'key-revoked', 'account-suspended',
  'account-resumed', 'account-deleted',
] as const
export const securityKind = z.enum(securityKinds)
export type SecurityKind = z.infer<typeof securityKind>

/**
 * Refusals are told one by one up to the tenth of a day from an address, then with `data.today`, how many there were by then, at 20, 50, 100, 200, 500
 * and so on; of an account that was refused more than a hundred times in the day, from all addresses together (`data.from`).
 */
const securityEntry = z.strictObject({
  id: z.uuid(), kind: securityKind, at: z.iso.datetime(), address: z.string().nullable(), device: z.string().nullable(), data: z.record(z.string(), z.unknown()),
})
export const securityLog = { input: z.strictObject({ ...pageInput }), output: pageOf(securityEntry) }

export const apiKey = z.strictObject({
  id: apiKeyId, name: z.string(), prefix: z.string(), scopes: z.array(permission),
  createdAt: z.iso.datetime(), expiresAt: z.iso.datetime().nullable(), lastUsedAt: z.iso.datetime().nullable(), revokedAt: z.iso.datetime().nullable(),
})
/** A key holds what of its scopes its owner holds at the time of the call. Without scopes: what an editor holds. */
export const createApiKey = {
  input: z.strictObject({ name: nameLine, scopes: z.array(permission).min(1).max(100).optional(), expiresInDays: z.int().min(1).max(3650).nullable().default(365) }),
  output: z.strictObject({ key: apiKey, secret: z.string() }),
}
export const listApiKeys = { input: z.strictObject({ ...pageInput }), output: pageOf(apiKey) }
export const revokeApiKey = { input: z.strictObject({ id: apiKeyId }), output: apiKey }
