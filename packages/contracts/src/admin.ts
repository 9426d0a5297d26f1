import { z } from 'zod'
import { listAudit, verifyAudit } from './audit.ts'
import { email } from './email.ts'
import { orgId, userId } from './ids.ts'
import { slug } from './orgs.ts'
import { pageInput, pageOf } from './paging.ts'
import { memberRole } from './permissions.ts'
import { nameLine, text } from './text.ts'

const moment = z.iso.datetime()
/** Why something is done, for the audit; one line or several. */
const reason = text.trim().min(3).max(500)
/** A part of a name or an address, as it is written. */
const search = text.trim().min(1).max(100)

export const orgStatus = z.enum(['active', 'suspended', 'deleting'])
/** `suspendedAt` is set while the installation keeps it shut, also while it is being deleted; `purgeAt` while it is being deleted. */
export const adminOrg = z.strictObject({
  id: orgId, name: z.string(), slug: z.string(), status: orgStatus, createdAt: moment, suspendedAt: moment.nullable(), suspendedReason: z.string().nullable(),
  purgeAt: moment.nullable(), members: z.int(),
})
export type AdminOrg = z.infer<typeof adminOrg>

/** Newest first. `search`: a part of the name or the short name. */
export const listOrgs = { input: z.strictObject({ ...pageInput, status: orgStatus.optional(), search: search.optional() }), output: pageOf(adminOrg) }
const owner = z.strictObject({ id: userId, email: z.string(), name: z.string(), active: z.boolean() })
/** How much there is, never what. `bytes`: of all versions, also those that share their bytes. `unread`: versions that are queued or being read. */
export const getOrg = {
  input: z.strictObject({ id: orgId }),
  output: adminOrg.extend({
    owners: z.array(owner),
    counts: z.strictObject({ documents: z.int(), trashed: z.int(), versions: z.int(), bytes: z.int(), unread: z.int(), failed: z.int() }),
  }),
}
/** Its owner is somebody who has an account. */
export const createOrg = { input: z.strictObject({ name: nameLine, slug, owner: email }), output: adminOrg }
const orgReason = z.strictObject({ id: orgId, reason })
/** Shut to everybody within two seconds, until it is resumed. */
export const suspendOrg = { input: orgReason, output: adminOrg }
export const resumeOrg = { input: z.strictObject({ id: orgId }), output: adminOrg }
/** Shut at once and gone for good at `purgeAt`, until when only an administrator restores it. `slug` is its present short name, typed to confirm. */
export const deleteOrg = { input: orgReason.extend({ slug: z.string().max(40) }), output: adminOrg }
/** What its owners deleted is open again then; what the installation deleted stays suspended. */
export const restoreOrg = { input: z.strictObject({ id: orgId }), output: adminOrg }

export const userStatus = z.enum(['active', 'suspended', 'deleted'])
/** `sessions`: those that hold. `lastSeenAt`: of these, to the minute. */
export const adminUser = z.strictObject({
  id: userId, email: z.string(), name: z.string(), status: userStatus, platformAdmin: z.boolean(), emailVerified: z.boolean(), secondFactor: z.boolean(),
  createdAt: moment, sessions: z.int(), lastSeenAt: moment.nullable(),
})
export type AdminUser = z.infer<typeof adminUser>

/** Newest first. `search`: a part of the name or the address. */
export const findUsers = { input: z.strictObject({ ...pageInput, status: userStatus.optional(), search: search.optional() }), output: pageOf(adminUser) }
const place = z.strictObject({ orgId, name: z.string(), slug: z.string(), role: memberRole, active: z.boolean() })
export const getUser = { input: z.strictObject({ id: userId }), output: adminUser.extend({ orgs: z.array(place) }) }
const userReason = z.strictObject({ id: userId, reason })
/** Every session ends, keys open nothing, and nobody signs in, until the account is resumed. */
export const suspendUser = { input: userReason, output: adminUser }
export const resumeUser = { input: z.strictObject({ id: userId }), output: adminUser }
export const signOutUser = { input: userReason, output: z.strictObject({ id: userId, sessions: z.int() }) }

export const resetState = z.enum(['open', 'approved', 'refused', 'expired'])
export const secondFactorReset = z.strictObject({
  id: z.uuid(), userId, email: z.string(), reason: z.string(), state: resetState, askedBy: userId, askedAt: moment, expiresAt: moment,
  decidedBy: userId.nullable(), decidedAt: moment.nullable(),
})
export type SecondFactorReset = z.infer<typeof secondFactorReset>
/** Asks; nothing is changed until another administrator approves, within 24 hours. */
export const askReset = { input: userReason, output: secondFactorReset }
export const listResets = { input: z.strictObject({ ...pageInput, state: resetState.optional() }), output: pageOf(secondFactorReset) }
const resetRef = z.strictObject({ id: z.uuid() })
/** The factor is off, and the sessions of its account end. By another than who asked, and than whose it is. */
export const approveReset = { input: resetRef, output: secondFactorReset }
export const refuseReset = { input: resetRef, output: secondFactorReset }

/** The installation's own chain: what administrators did, and what happens to accounts and to organizations that end. */
export const listPlatformAudit = listAudit
export const verifyPlatformAudit = verifyAudit
