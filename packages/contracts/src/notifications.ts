import { z } from 'zod'
import { reason } from './documents.ts'
import { reasonsForTask, runOutcome } from './flow-words.ts'
import { documentId, flowCommentId, flowRunId, flowTaskId, folderId, notificationId, shareId, userId, webhookEndpointId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { meter } from './plans.ts'

/**
 * What somebody is told of. `task_reminder`: a task comes to its time, or is past it; `tasks_overdue`: once a day, how many are. `run_ended`: what they
 * asked for was decided, or ended otherwise. `shared`: they, a group of theirs or the organization were granted a document or a folder.
 * `files_received`: by an upload request of theirs. `processing_failed`: what they uploaded could not be read, or is locked. `security`: something of their account, or a key of theirs.
 * `link_opened`: somebody opened a link of theirs of which they want to be told. `quota_near`: what the organization uses came to `percent` of a limit of its plan.
 */
export const kinds = [
  'task_assigned', 'task_reminder', 'tasks_overdue', 'run_ended', 'mentioned', 'version_wanted', 'shared', 'processing_failed', 'security', 'webhook_paused', 'link_opened', 'files_received',
  'quota_near',
] as const
export const kind = z.enum(kinds)
export type Kind = z.infer<typeof kind>

/** `digest`: one mail for all of an hour or a day. */
export const mailTimes = ['immediate', 'digest', 'off'] as const
export const mailTime = z.enum(mailTimes)
export type MailTime = z.infer<typeof mailTime>

/** An hour or a day, in UTC; the day begins at six in the morning. */
export const rhythms = ['hourly', 'daily'] as const
export const rhythm = z.enum(rhythms)
export type Rhythm = z.infer<typeof rhythm>

export const securityMatters = ['password-changed', 'second-factor-changed', 'new-device', 'key-created'] as const
export const securityMatter = z.enum(securityMatters)
export type SecurityMatter = z.infer<typeof securityMatter>

const moment = z.iso.datetime()

/** What is known beside the subject: ids, numbers and words of closed lists, which ones depends on the kind. */
export const facts = z.strictObject({
  why: reasonsForTask, dueAt: moment.nullable(), overdue: z.boolean(), tasks: z.int(), outcome: runOutcome, commentId: flowCommentId, reason,
  matter: securityMatter, endpointId: webhookEndpointId, shareId, meter, percent: z.int(),
}).partial()
export type Facts = z.infer<typeof facts>

/**
 * `title` is the present name of the document or the folder, of a webhook its description or the origin of its address; null where there is none of these.
 * `actorId` is who did it.
 */
export const notification = z.strictObject({
  id: notificationId, kind, at: moment, readAt: moment.nullable(), actorId: userId, title: z.string().nullable(),
  documentId: documentId.nullable(), folderId: folderId.nullable(), runId: flowRunId.nullable(), taskId: flowTaskId.nullable(), facts,
})
export type Notification = z.infer<typeof notification>

/** Newest first. What the caller can no longer see is not among them. */
export const list = { input: z.strictObject({ unread: z.boolean().optional(), ...pageInput }), output: pageOf(notification) }

/** The most that is counted. */
export const UNREAD_MOST = 1_000
export const unreadCount = { output: z.strictObject({ unread: z.int().min(0).max(UNREAD_MOST) }) }

/** Some, or all of what happened until a moment. Ids that are nobody's or another's change nothing. `read`: how many were not read before. */
export const markRead = {
  input: z.union([z.strictObject({ ids: z.array(notificationId).min(1).max(200) }), z.strictObject({ all: z.literal(true), before: moment })]),
  output: z.strictObject({ read: z.int() }),
}

const channels = { live: z.boolean(), inbox: z.boolean(), mail: mailTime }
/** Mail on the security of an account is always sent, and at once. */
const secured = { live: z.boolean(), inbox: z.boolean(), mail: z.literal('immediate') }
const ofKinds = z.strictObject({
  task_assigned: z.strictObject(channels), task_reminder: z.strictObject(channels), tasks_overdue: z.strictObject(channels), run_ended: z.strictObject(channels),
  mentioned: z.strictObject(channels), version_wanted: z.strictObject(channels), shared: z.strictObject(channels), processing_failed: z.strictObject(channels),
  security: z.strictObject(secured), webhook_paused: z.strictObject(channels), link_opened: z.strictObject(channels), files_received: z.strictObject(channels),
  quota_near: z.strictObject(channels),
} satisfies Record<Kind, unknown>)
export type Preferences = { readonly digest: Rhythm; readonly kinds: z.infer<typeof ofKinds> }

const some = z.strictObject(channels).partial()
/** The kinds that are not named, and what is not said of one, stay as they are. */
const changes = z.strictObject({
  task_assigned: some, task_reminder: some, tasks_overdue: some, run_ended: some, mentioned: some, version_wanted: some, shared: some, processing_failed: some,
  security: z.strictObject({ live: z.boolean(), inbox: z.boolean() }).partial(), webhook_paused: some, link_opened: some, files_received: some,
  quota_near: some,
} satisfies Record<Kind, unknown>).partial()

/** Of the caller, in the organization of the call. */
export const getPreferences = { output: z.strictObject({ digest: rhythm, kinds: ofKinds }) }
export const setPreferences = {
  input: z.strictObject({ digest: rhythm.optional(), kinds: changes.optional() }).refine((given) => Object.keys(given).length > 0, 'nothing to change'),
  output: getPreferences.output,
}
export type PreferenceChanges = z.infer<typeof setPreferences.input>

/** Where a mail's link ends mails of its kind, below the address of the API. A GET shows a button, a POST does it (RFC 8058); the token is the whole right. */
export const unsubscribePath = '/api/v1/unsubscribe'
