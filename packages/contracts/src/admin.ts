import { z } from 'zod'
import { listAudit, verifyAudit } from './audit.ts'
import { email } from './email.ts'
import { orgId, userId } from './ids.ts'
import { pauseReasons } from './webhooks.ts'
import { slug } from './orgs.ts'
import { pageInput, pageOf } from './paging.ts'
import { memberRole } from './permissions.ts'
import { overrides, planName } from './plans.ts'
import { current } from './subscriptions.ts'
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

/** At once and without an end; `overrides` are what was agreed otherwise. */
export const setPlan = { input: orgReason.extend({ plan: planName, overrides: overrides.default({}) }), output: current.output }

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

export const jobKinds = ['processing', 'flow'] as const
/** `waiting`: to begin, or for people. `working`: begun and not over. */
export const jobStates = ['waiting', 'working', 'failed', 'needs_password'] as const
/** Those that have been in their state for so long, by all that is given. Documents: all states; flows: those that are not over. */
export const jobSelection = z.strictObject({
  kind: z.enum(jobKinds), states: z.array(z.enum(jobStates)).min(1).max(jobStates.length), minutes: z.int().min(0).max(10_000_000).default(0),
  orgId: orgId.optional(), stage: text.min(1).max(40).optional(), reason: text.min(1).max(60).optional(),
})
export type JobSelection = z.infer<typeof jobSelection>
/** `id`: of the version that is read, or of the run of a flow. */
export const job = z.strictObject({
  id: z.uuid(), kind: z.enum(jobKinds), orgId, orgName: z.string(), state: z.enum(jobStates), stage: z.string().nullable(), reason: z.string().nullable(),
  attempt: z.int().nullable(), since: moment,
})
export type AdminJob = z.infer<typeof job>
/** What was counted, for the action that is to be about no more than that: good for ten minutes, to whoever counted. */
const counted = z.strictObject({ count: z.int(), token: z.string() })
const token = z.string().min(1).max(600)
/** `done`: of this call, a hundred at most. `left`: to be done by calling again. */
const worked = z.strictObject({ done: z.int(), left: z.int() })

/** Those that wait longest first. */
export const listJobs = { input: jobSelection.extend(pageInput), output: pageOf(job) }
export const countJobs = { input: jobSelection, output: counted }
const onJobs = z.strictObject({ selection: jobSelection, token, why: reason })
/** Documents are read again, as their next attempt. Runs of flows go on by themselves: only documents are retried. */
export const retryJobs = { input: onJobs, output: worked }
/** Ends what is not over: documents stay unread, runs of flows end withdrawn. */
export const cancelJobs = { input: onJobs, output: worked }

/** A delivery of an event that was given up after its last try. `fault`: name and code of the last error. */
export const parked = z.strictObject({
  id: z.string(), orgId, orgName: z.string().nullable(), subscriber: z.string(), eventType: z.string(), eventAt: moment, attempts: z.int(), fault: z.string().nullable(),
})
export type ParkedDelivery = z.infer<typeof parked>
export const parkedSelection = z.strictObject({ subscriber: text.min(1).max(60).optional(), eventType: text.min(1).max(80).optional(), orgId: orgId.optional() })
export type ParkedSelection = z.infer<typeof parkedSelection>
/** Oldest first. */
export const listParked = { input: parkedSelection.extend(pageInput), output: pageOf(parked) }
export const countParked = { input: parkedSelection, output: counted }
const onParked = z.strictObject({ selection: parkedSelection, token, why: reason })
/** Tried again from the first try on. */
export const releaseParked = { input: onParked, output: worked }
/** Never tried again: what was to follow from the event does not. */
export const dropParked = { input: onParked, output: worked }

/**
 * What an administrator switches off for the installation, or for one organization, and on again; everything is on until somebody does. `shareLinks` and `uploadRequests`: links are not made, and
 * open nothing. `webhooks`: endpoints are not made and nothing is sent; it waits. `flows`: no run begins; those that are open go on. `signUp`: of the installation alone; who was invited comes in.
 */
export const switchNames = ['shareLinks', 'uploadRequests', 'webhooks', 'flows', 'signUp'] as const
export const switchName = z.enum(switchNames)
export type SwitchName = z.infer<typeof switchName>
/** `orgs`: where it is otherwise than `on` says, or was said to be as it is. */
export const featureSwitch = z.strictObject({ name: switchName, on: z.boolean(), orgs: z.array(z.strictObject({ orgId, on: z.boolean() })) })
export type FeatureSwitch = z.infer<typeof featureSwitch>
export const listSwitches = { output: z.strictObject({ switches: z.array(featureSwitch) }) }
/** With `orgId` for that one alone, and null takes back what was said of it; without, for all of which nothing else was said. Known to every process within two seconds. */
export const setSwitch = {
  input: z.strictObject({ name: switchName, orgId: orgId.optional(), on: z.boolean().nullable(), reason })
    .refine(({ orgId: org, on }) => org !== undefined || on !== null, 'Only what was said of an organization is taken back.')
    .refine(({ orgId: org, name }) => org === undefined || name !== 'signUp', 'Nobody signs up to an organization.'),
  output: featureSwitch,
}

const pausedWhy = z.enum(pauseReasons)
export const stalledHookKinds = ['endpoint', 'delivery'] as const
/**
 * What webhooks do not do any more: endpoints that are paused, or deliveries that were given up (`dead`). `why`: of endpoints, as their organization is told it; whether an
 * address is right is for its organization alone to know.
 */
export const stalledHook = z.strictObject({
  id: z.uuid(), kind: z.enum(stalledHookKinds), orgId, orgName: z.string(), endpointId: z.uuid(), why: pausedWhy.nullable(),
  eventType: z.string().nullable(), failures: z.int(), waiting: z.int().nullable(), since: moment,
})
export type StalledHook = z.infer<typeof stalledHook>
/** `why` chooses endpoints, `eventType` deliveries. */
export const stalledHookSelection = z.strictObject({
  kind: z.enum(stalledHookKinds), orgId: orgId.optional(), why: pausedWhy.optional(), eventType: text.min(1).max(80).optional(),
})
export type StalledHookSelection = z.infer<typeof stalledHookSelection>
/** Those that have been so longest first. */
export const listStalledHooks = { input: stalledHookSelection.extend(pageInput), output: pageOf(stalledHook) }
export const countStalledHooks = { input: stalledHookSelection, output: counted }
const onStalledHooks = z.strictObject({ selection: stalledHookSelection, token, why: reason })
/**
 * Endpoints are sent to again where the product itself paused them, failing or gone; what people of the organization paused stays so. Deliveries are sent again, where their endpoint
 * is not paused.
 */
export const releaseStalledHooks = { input: onStalledHooks, output: worked }
/** Deliveries alone: their record goes, and nothing is sent. */
export const dropStalledHooks = { input: onStalledHooks, output: worked }

/** Shown to everybody until that moment, or until it is taken off. */
export const banner = z.strictObject({ text: text.trim().min(1).max(300), level: z.enum(['info', 'warning']), until: moment.nullable() })
const status = { readOnly: z.boolean(), banner: banner.nullable() }
/** For everybody, signed in or not. `readOnly`: whatever changes something is refused as `installation.read_only`. */
export const installationStatus = { output: z.strictObject(status) }
export type InstallationStatus = z.infer<typeof installationStatus.output>
const settings = z.strictObject({ ...status, changedBy: userId.nullable(), changedAt: moment })
export type InstallationSettings = z.infer<typeof settings>
export const getSettings = { output: settings }
/** What is not named stays; a banner of null is taken off. Known to every process within two seconds. */
export const setSettings = { input: z.strictObject({ readOnly: z.boolean().optional(), banner: banner.nullable().optional(), reason }), output: settings }

/** Passwords of locked files, second factors of accounts, secrets of webhooks. Mail that waits and what Temporal keeps end by themselves. */
export const sealedKinds = ['passwords', 'factors', 'webhooks'] as const
const sealedKind = z.enum(sealedKinds)
export type SealedKind = z.infer<typeof sealedKind>
const keyId = z.string()
/** Keys by their ids, which do not give them away. `older`: those that still open what they sealed. */
export const keyStatus = { output: z.strictObject({ present: keyId, older: z.array(keyId) }) }
const sealedFrom = z.strictObject({ kind: sealedKind, orgId: orgId.nullable(), after: z.string().max(64).nullable() })
/**
 * A portion of what is sealed, from the beginning where `from` is null; `next` is where it goes on, null at the end. `older` of these were under another key than the present one, and are under that
 * now unless `change` is false; `lost` can be opened by no key that is known.
 */
export const resealKeys = {
  input: z.strictObject({ from: sealedFrom.nullable(), change: z.boolean(), reason }),
  output: z.strictObject({ kind: sealedKind, looked: z.int(), older: z.int(), lost: z.int(), next: sealedFrom.nullable() }),
}
export type SealedFrom = z.infer<typeof sealedFrom>
export type Resealed = z.infer<typeof resealKeys.output>

/** `degraded`: what does not answer. `outbox`: deliveries that are due, and those that were given up. `reading`: versions that wait or are in work. */
export const health = {
  output: z.strictObject({
    ready: z.boolean(), degraded: z.array(z.string()), dependencies: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), ms: z.number() })),
    outbox: z.strictObject({ due: z.int(), parked: z.int(), oldestSeconds: z.number() }), auditLagSeconds: z.number(),
    /** Of what this process runs on and talks to, by name. */
    versions: z.record(z.string(), z.string()),
    reading: z.array(z.strictObject({ state: z.string(), count: z.int(), oldestSeconds: z.number() })),
  }),
}
export type InstallationHealth = z.infer<typeof health.output>

export const checkStates = ['queued', 'running', 'done', 'cancelled'] as const
/** By ids alone: `subject` names a document, a version or a passage, never a word of it. */
const checkDifference = z.strictObject({ kind: z.string(), orgId, subject: z.string() })
/**
 * A check of storage and index. `hash`: every stored byte is read, not only its length compared. `counts`: of each kind of difference, how many were found, of one organization a
 * thousand at most; `differences` names the first two hundred. `cancelAsked`: it ends at its next step.
 */
export const installationCheck = z.strictObject({
  id: z.uuid(), state: z.enum(checkStates), hash: z.boolean(), cancelAsked: z.boolean(), askedBy: userId, askedAt: moment, startedAt: moment.nullable(), endedAt: moment.nullable(),
  orgs: z.strictObject({ done: z.int(), total: z.int() }), blobs: z.int(), counts: z.record(z.string(), z.int()), differences: z.array(checkDifference),
})
export type InstallationCheck = z.infer<typeof installationCheck>
/** In the background, by a worker; one at a time. */
export const startCheck = { input: z.strictObject({ hash: z.boolean().default(false) }), output: installationCheck }
/** Without an id: the newest. */
export const getCheck = { input: z.strictObject({ id: z.uuid().optional() }), output: installationCheck }
/** What was found until then is kept. */
export const cancelCheck = { input: z.strictObject({ id: z.uuid() }), output: installationCheck }

const consent = z.strictObject({ id: z.uuid(), orgId, orgName: z.string(), orgSlug: z.string(), reason: z.string(), grantedAt: moment, endsAt: moment, opened: z.boolean() })
export type SupportConsent = z.infer<typeof consent>
/** Consents that stand, newest first; `opened` by the caller. */
export const listConsents = { input: z.strictObject({ ...pageInput }), output: pageOf(consent) }
/** From then on the organization named as `support:<id or short name>` is open to the caller, for reading, until the consent ends. */
export const openSupport = { input: z.strictObject({ id: z.uuid(), reason }), output: consent }

/** The installation's own chain: what administrators did, and what happens to accounts and to organizations that end. */
export const listPlatformAudit = listAudit
export const verifyPlatformAudit = verifyAudit
