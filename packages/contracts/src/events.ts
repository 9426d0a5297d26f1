import { z } from 'zod'
import { reasonsForTask, runOutcome, taskEnds, verdict } from './flow-words.ts'
import {
  delegationId, documentId, flowCommentId, flowId, flowRunId, flowTaskId, folderId, groupId, holdId, invitationId, notificationId, orgId, orgRoleId, retentionRuleId, sessionId, sha256,
  shareId, shareVisitId, tombstoneId, userId, versionId, webhookEndpointId, submissionId, uploadRequestId, reindexingId, reprocessingId,
} from './ids.ts'
import { documentState, lifecycle, reason, stage, visibility } from './documents.ts'
import { memberRole } from './permissions.ts'
import { searchMode } from './search.ts'
import { meter, planName } from './plans.ts'

const doc = { documentId }
const run = { documentId, versionId, attempt: z.int() }
const ofRun = { runId: flowRunId, documentId }
const ofTask = { ...ofRun, taskId: flowTaskId }
const ofShare = { shareId, documentId: documentId.nullable(), folderId: folderId.nullable() }
const moment = z.iso.datetime()
/** How a version was read: milliseconds that it waited before and that each stage took. Absent in old events. */
const reading = z.strictObject({ mime: z.string().nullable(), ocrPages: z.int(), waitedMs: z.int().nullable(), stagesMs: z.partialRecord(stage, z.int()) })
/** Of a stage or a task of a flow: how long it was open, in milliseconds, and whether past its time. Absent in old events. */
const timing = z.strictObject({ flowId, tookMs: z.int(), late: z.boolean() })

/** Every past fact of the product, `<module>.<verb-past>.v1`. Inside a version only additions. */
export const eventPayloads = {
  /**
   * `number`: which version of the document it is, from 1 (absent in old ones). `lifecycle`: where the document came to lie; absent where it is active. An attachment lies in
   * the trash where its mail does.
   */
  'documents.uploaded.v1': z.strictObject({ ...run, name: z.string(), size: z.int(), number: z.int().optional(), lifecycle: lifecycle.optional() }),
  'documents.reprocess-requested.v1': z.strictObject(run),
  'documents.progressed.v1': z.strictObject({ ...run, stage, pagesDone: z.int(), pages: z.int().nullable() }),
  'documents.ready.v1': z.strictObject({ ...run, pages: z.int(), reading: reading.optional() }),
  'documents.failed.v1': z.strictObject({ ...run, reason }),
  'documents.password-needed.v1': z.strictObject({ ...run, reason }),
  'documents.cancelled.v1': z.strictObject({ ...run, state: documentState }),
  'documents.updated.v1': z.strictObject({ ...doc, revision: z.int(), changed: z.array(z.string()) }),
  'documents.moved.v1': z.strictObject({ ...doc, folderId: folderId.nullable() }),
  'documents.tags-changed.v1': z.strictObject({ ...doc, added: z.array(z.string()), removed: z.array(z.string()) }),
  /** The names of the fields; what they hold stands in the document and in the audit. */
  'documents.metadata-changed.v1': z.strictObject({ ...doc, changed: z.array(z.string()) }),
  'documents.trashed.v1': z.strictObject(doc),
  'documents.restored.v1': z.strictObject(doc),
  /**
   * `blobs` no version names any more; `runs` are the processing runs that may still be going; `held` is what its versions came to (absent in old ones);
   * `lifecycle`: where it was until then (absent in old ones: in the trash).
   */
  'documents.purged.v1': z.strictObject({
    ...doc, blobs: z.array(z.string()), runs: z.array(z.strictObject({ versionId, attempt: z.int() })), held: z.strictObject({ versions: z.int(), bytes: z.int() }).optional(),
    lifecycle: lifecycle.optional(),
  }),
  'documents.folder-created.v1': z.strictObject({ folderId }),
  'documents.folder-changed.v1': z.strictObject({ folderId, changed: z.array(z.string()) }),
  'documents.folder-deleted.v1': z.strictObject({ folderId }),
  'documents.folder-visibility-set.v1': z.strictObject({ folderId, visibility }),
  /** One of the two is set. To whom, and at what level, stands in the audit only. */
  'documents.grant-set.v1': z.strictObject({ documentId: documentId.nullable(), folderId: folderId.nullable() }),
  'documents.grant-removed.v1': z.strictObject({ documentId: documentId.nullable(), folderId: folderId.nullable() }),
  /** A selection of documents is read again; each says so itself once it is its turn. */
  'documents.reprocessing-started.v1': z.strictObject({ reprocessingId, documents: z.int() }),
  /** What search answers from is compared with the documents and healed; at the end, how many of everything were wrong and are not any more. */
  'search.reindex-started.v1': z.strictObject({ reindexingId }),
  'search.reindexed.v1': z.strictObject({ reindexingId, found: z.int(), healed: z.int() }),
  /** Documents of somebody whose account ended go to the first owner of the organization. */
  'documents.handed-over.v1': z.strictObject({ from: userId, to: userId, documents: z.int() }),
  'orgs.created.v1': z.strictObject({}),
  'orgs.updated.v1': z.strictObject({ changed: z.array(z.string()) }),
  'orgs.deleted.v1': z.strictObject({ purgeAt: z.iso.datetime() }),
  'orgs.undeleted.v1': z.strictObject({}),
  /** By an administrator of the installation; why stands in the audit. */
  'orgs.suspended.v1': z.strictObject({}),
  'orgs.resumed.v1': z.strictObject({}),
  /** An owner lets administrators of the installation look, takes that back; one of them does look. */
  'orgs.support-granted.v1': z.strictObject({ accessId: z.uuid(), endsAt: moment }),
  'orgs.support-revoked.v1': z.strictObject({ accessId: z.uuid() }),
  'orgs.support-opened.v1': z.strictObject({ accessId: z.uuid(), userId }),
  /** Under the installation's own id: of the organization nothing is left but this and its audit row. `counts`: rows by table, and `blobs`. */
  'orgs.purged.v1': z.strictObject({ orgId, counts: z.record(z.string(), z.int()) }),
  'orgs.member-joined.v1': z.strictObject({ userId, role: memberRole, roleId: orgRoleId.nullable() }),
  'orgs.member-role-set.v1': z.strictObject({ userId, role: memberRole, roleId: orgRoleId.nullable() }),
  'orgs.member-suspended.v1': z.strictObject({ userId }),
  'orgs.member-resumed.v1': z.strictObject({ userId }),
  'orgs.member-removed.v1': z.strictObject({ userId }),
  /** The actor gave it away. */
  'orgs.ownership-transferred.v1': z.strictObject({ userId }),
  'orgs.invitation-created.v1': z.strictObject({ invitationId }),
  'orgs.invitation-revoked.v1': z.strictObject({ invitationId }),
  'orgs.group-created.v1': z.strictObject({ groupId }),
  'orgs.group-changed.v1': z.strictObject({ groupId }),
  'orgs.group-deleted.v1': z.strictObject({ groupId }),
  'orgs.group-member-added.v1': z.strictObject({ groupId, userId }),
  'orgs.group-member-removed.v1': z.strictObject({ groupId, userId }),
  'orgs.role-created.v1': z.strictObject({ roleId: orgRoleId }),
  'orgs.role-changed.v1': z.strictObject({ roleId: orgRoleId }),
  'orgs.role-deleted.v1': z.strictObject({ roleId: orgRoleId }),
  'users.signed-up.v1': z.strictObject({ userId }),
  'users.updated.v1': z.strictObject({ userId, changed: z.array(z.string()) }),
  'users.password-changed.v1': z.strictObject({ userId, by: z.enum(['password', 'mail']) }),
  'users.second-factor-changed.v1': z.strictObject({ userId, on: z.boolean() }),
  /** Somebody signed in from a device that none of theirs were known to come from. */
  'users.device-added.v1': z.strictObject({ userId }),
  'users.sessions-revoked.v1': z.strictObject({ userId, sessions: z.array(sessionId) }),
  /** By an administrator of the installation, under its own id, as the two that follow. */
  'users.suspended.v1': z.strictObject({ userId }),
  'users.resumed.v1': z.strictObject({ userId }),
  'users.second-factor-reset-asked.v1': z.strictObject({ userId, resetId: z.uuid() }),
  'users.second-factor-reset-decided.v1': z.strictObject({ userId, resetId: z.uuid(), approved: z.boolean() }),
  /** `orgs` are those that the account was a member of; it is no more. */
  'users.deleted.v1': z.strictObject({ userId, orgs: z.array(orgId) }),
  'users.api-key-created.v1': z.strictObject({ apiKeyId: z.uuid() }),
  'users.api-key-revoked.v1': z.strictObject({ apiKeyId: z.uuid() }),
  /** Whom it is for and what it says stands sealed in the queue. */
  'mail.queued.v1': z.strictObject({ mailId: z.uuid() }),
  'mail.digest-queued.v1': z.strictObject({ mailId: z.uuid() }),
  'workflows.definition-created.v1': z.strictObject({ flowId }),
  'workflows.definition-published.v1': z.strictObject({ flowId, version: z.int() }),
  'workflows.definition-archived.v1': z.strictObject({ flowId }),
  'workflows.run-started.v1': z.strictObject({ ...ofRun, flowId, flowVersion: z.int(), versionId }),
  'workflows.stage-opened.v1': z.strictObject({ ...ofRun, stage: z.string(), round: z.int(), tasks: z.int() }),
  'workflows.stage-closed.v1': z.strictObject({
    ...ofRun, stage: z.string(), round: z.int(), outcome: z.enum(['approved', 'rejected', 'expired', 'stale', 'skipped']), timing: timing.optional(),
  }),
  'workflows.task-assigned.v1': z.strictObject({ ...ofTask, assigneeId: userId, dueAt: moment.nullable(), why: reasonsForTask }),
  'workflows.task-decided.v1': z.strictObject({ ...ofTask, byId: userId, verdict, timing: timing.optional() }),
  /** It ended without a decision of its own. */
  'workflows.task-closed.v1': z.strictObject({ ...ofTask, assigneeId: userId, why: taskEnds }),
  'workflows.task-reminded.v1': z.strictObject({ ...ofTask, assigneeId: userId, dueAt: moment.nullable(), overdue: z.boolean() }),
  'workflows.commented.v1': z.strictObject({ ...ofRun, commentId: flowCommentId, mentions: z.array(userId) }),
  /** A rejection asks for another version of the document before the run goes on: of whoever asked for it, and of the document's owner (absent in old ones). */
  'workflows.version-wanted.v1': z.strictObject({ ...ofRun, requesterId: userId, ownerId: userId.optional() }),
  'workflows.run-ended.v1': z.strictObject({ ...ofRun, flowId, outcome: runOutcome, requesterId: userId, tookMs: z.int().optional() }),
  'workflows.certificate-issued.v1': z.strictObject(ofRun),
  /** An effect of a run that programs are to hear of under this name; with the bytes that its outcome is about (absent in old ones). */
  'workflows.hook-asked.v1': z.strictObject({ ...ofRun, name: z.string(), version: z.int().optional(), contentSha256: sha256.optional() }),
  /** Once a day for each person with tasks past their time. */
  'workflows.tasks-overdue.v1': z.strictObject({ userId, day: z.iso.date(), tasks: z.int() }),
  'workflows.delegation-set.v1': z.strictObject({ delegationId, from: userId, to: userId }),
  'workflows.delegation-ended.v1': z.strictObject({ delegationId, from: userId, to: userId }),
  /** Heard by the person alone, as the two that follow. */
  'notifications.added.v1': z.strictObject({ notificationId }),
  /** With `before`: all until then, and those that are named. */
  'notifications.read.v1': z.strictObject({ notifications: z.array(notificationId), before: moment.optional() }),
  'notifications.preferences-set.v1': z.strictObject({}),
  /** Of the many whom an event is told, those up to `after` were; the others are next. Heard by nobody. */
  'notifications.part-told.v1': z.strictObject({ eventId: z.string().regex(/^\d{1,19}$/), after: userId }),
  /** What stands of them from now on is their id, and a pseudonym instead of name and address. */
  'privacy.person-erased.v1': z.strictObject({ userId, pseudonym: z.string() }),
  /** Somebody from outside, of whom there never was an id. */
  'privacy.outsider-erased.v1': z.strictObject({ pseudonym: z.string() }),
  'webhooks.endpoint-created.v1': z.strictObject({ endpointId: webhookEndpointId }),
  'webhooks.endpoint-updated.v1': z.strictObject({ endpointId: webhookEndpointId, changed: z.array(z.string()) }),
  'webhooks.endpoint-deleted.v1': z.strictObject({ endpointId: webhookEndpointId }),
  'webhooks.secret-rotated.v1': z.strictObject({ endpointId: webhookEndpointId }),
  /** By itself; nothing is sent until somebody resumes it. `why` as the endpoint says it (`pausedWhy`); absent in events of before it was told. */
  'webhooks.endpoint-paused.v1': z.strictObject({ endpointId: webhookEndpointId, ownerId: userId, why: z.enum(['failing', 'gone', 'owner']).optional() }),
  /** The one event that goes to an endpoint whatever its filter says, under this id. */
  'webhooks.test-asked.v1': z.strictObject({ endpointId: webhookEndpointId, deliveryId: z.uuid() }),
  'webhooks.redelivery-asked.v1': z.strictObject({ endpointId: webhookEndpointId, deliveryId: z.uuid() }),
  /** What was asked of the search in a quarter of an hour that began at `from`, or a part of it; never the words. Heard by nobody. */
  'search.queries-counted.v1': z.strictObject({
    from: moment, queries: z.array(z.strictObject({ userId, mode: searchMode, empty: z.boolean(), tookMs: z.int() })), opened: z.array(z.int()),
  }),
  'analytics.settings-set.v1': z.strictObject({ changed: z.array(z.string()) }),
  /** On what, and why, stands in the audit. */
  'retention.hold-placed.v1': z.strictObject({ holdId }),
  'retention.hold-released.v1': z.strictObject({ holdId }),
  'retention.rule-set.v1': z.strictObject({ ruleId: retentionRuleId }),
  'retention.rule-removed.v1': z.strictObject({ ruleId: retentionRuleId }),
  'retention.trash-set.v1': z.strictObject({ days: z.int().nullable() }),
  /** A document is due by a rule that asks for a release before it goes. */
  'retention.release-wanted.v1': z.strictObject({ documentId, ruleId: retentionRuleId }),
  'retention.release-recorded.v1': z.strictObject({ documentId, ruleId: retentionRuleId }),
  /** Beside `documents.purged.v1`, where a rule or the time of the trash deleted it. */
  'retention.tombstone-left.v1': z.strictObject({ documentId, tombstoneId }),
  'subscriptions.plan-set.v1': z.strictObject({ plan: planName }),
  'subscriptions.usage-corrected.v1': z.strictObject({ meter, amount: z.int() }),
  /** Once for each share of a limit and month, when the use comes to it. */
  'subscriptions.quota-neared.v1': z.strictObject({ meter, percent: z.union([z.literal(80), z.literal(100)]), used: z.int(), limit: z.int() }),
  /** Heard by whoever made the link, as the four that follow. */
  'sharing.created.v1': z.strictObject(ofShare),
  'sharing.updated.v1': z.strictObject({ ...ofShare, changed: z.array(z.string()) }),
  'sharing.revoked.v1': z.strictObject(ofShare),
  /** Somebody from outside opened it. `notify`: whoever made it wants to be told. */
  'sharing.opened.v1': z.strictObject({ ...ofShare, visitId: shareVisitId, createdBy: userId, notify: z.boolean() }),
  'sharing.downloaded.v1': z.strictObject({ ...ofShare, visitId: shareVisitId, documentId, version: z.int() }),
  'sharing.policy-set.v1': z.strictObject({}),
  'intake.request-created.v1': z.strictObject({ requestId: uploadRequestId, folderId }),
  'intake.request-updated.v1': z.strictObject({ requestId: uploadRequestId, folderId, changed: z.array(z.string()) }),
  'intake.request-revoked.v1': z.strictObject({ requestId: uploadRequestId, folderId }),
  /** One file came by a link; those of one `submissionId` were sent together. From whom stands in the document. */
  'intake.received.v1': z.strictObject({ ...doc, requestId: uploadRequestId, folderId, submissionId, createdBy: userId }),
} as const

export type EventType = keyof typeof eventPayloads
export type EventPayload<T extends EventType> = z.infer<(typeof eventPayloads)[T]>
export const eventTypes = Object.keys(eventPayloads) as [EventType, ...EventType[]]

/** An event as listeners get it. `id` is opaque and is what `lastEventId` takes to resume. */
export const liveEvent = z.strictObject({
  id: z.string(), type: z.enum(eventTypes), at: z.iso.datetime(), actorId: userId,
  documentId: documentId.nullable(), payload: z.record(z.string(), z.unknown()),
})
export type LiveEvent = z.infer<typeof liveEvent>

export const streamInput = z.strictObject({ lastEventId: z.string().max(100).nullish(), documentId: documentId.optional() }).optional()
