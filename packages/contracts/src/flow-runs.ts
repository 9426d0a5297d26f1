import { z } from 'zod'
import { reasonsForTask, runState, taskEnds, verdict } from './flow-words.ts'
import { delegationId, documentId, flowCommentId, flowId, flowRunId, flowTaskId, sha256, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { text } from './text.ts'

const moment = z.iso.datetime()
const idempotencyKey = z.string().regex(/^[!-~]{1,200}$/, '1 to 200 printable characters')
/** What somebody says about what they do. */
const words = text.trim().min(1).max(2000)

/**
 * Why a run ended as it did. `decided`: by its stages. `deadline`: a stage was not decided in its time. `withdrawn`: by whoever asked, or who manages flows.
 * `document`: it is in the trash. `nobody`: a stage cannot ask those whom its rule needs, as nobody may take their places or they are more than a
 * thousand; or it waits for a version that nobody can bring any more.
 */
export const runReason = z.enum(['decided', 'deadline', 'withdrawn', 'document', 'nobody'])
export type RunReason = z.infer<typeof runReason>

/**
 * `version` of the document: the one that was current when the run began, or was begun anew; once it is over the one that the outcome is about. `requesterId`: who began it;
 * where it began by itself, who made the version that was read, or who tagged or changed the document (where the end of another flow did that, whoever published that flow);
 * where the end of another run began it, the requester of that run.
 */
export const run = z.strictObject({
  id: flowRunId, flowId, flowName: z.string(), flowVersion: z.int(), documentId, documentName: z.string(), version: z.int(),
  state: runState, reason: runReason.nullable(), requesterId: userId, note: z.string().nullable(), createdAt: moment, endedAt: moment.nullable(), endedBy: userId.nullable(),
})
export type Run = z.infer<typeof run>

/**
 * `forId`: who was asked first, where the task came to somebody else; `byId`: who handed it on. `contentSha256` and `version` are those of the bytes that it asks
 * about, and a decision names them. `overdue`: open, and past its time.
 */
export const task = z.strictObject({
  id: flowTaskId, runId: flowRunId, flowId, flowName: z.string(), documentId, documentName: z.string(), stage: z.string(), stageName: z.string(), round: z.int(),
  assigneeId: userId, why: reasonsForTask, forId: userId.nullable(), byId: userId.nullable(), note: z.string().nullable(), version: z.int(), contentSha256: sha256,
  state: z.enum(['open', 'decided', 'closed']), closedWhy: taskEnds.nullable(), createdAt: moment, dueAt: moment.nullable(), overdue: z.boolean(), endedAt: moment.nullable(),
  decision: z.strictObject({ verdict, comment: z.string().nullable(), secondFactor: z.boolean() }).nullable(),
})
export type FlowTask = z.infer<typeof task>

/** A stage in a round. `counts` false: it was begun anew, or what was decided is about other bytes. */
export const step = z.strictObject({
  stage: z.string(), name: z.string(), round: z.int(), state: z.enum(['open', 'approved', 'rejected', 'expired', 'stale', 'skipped']), counts: z.boolean(),
  openedAt: moment, closedAt: moment.nullable(), dueAt: moment.nullable(), tasks: z.array(task),
})
/** `attachments`: documents that give the reasons; those that the reader may not read are left out. */
export const comment = z.strictObject({
  id: flowCommentId, runId: flowRunId, authorId: userId, text: z.string(), mentions: z.array(userId), attachments: z.array(documentId), createdAt: moment,
})
export type FlowComment = z.infer<typeof comment>
/** What the end of a run did. `fault`: the code of the error for which it could not be done; it is not tried again. */
export const effect = z.strictObject({ ordinal: z.int(), does: z.enum(['move', 'tag', 'set', 'share', 'hook', 'start']), state: z.enum(['waiting', 'done', 'failed']), fault: z.string().nullable() })

/** Whoever sends the key again within 7 days is answered with the run that it started, as it is by then. */
export const startRun = { input: z.strictObject({ flowId, documentId, note: words.optional(), idempotencyKey: idempotencyKey.optional() }), output: run }
/** Newest first; of documents that the caller reads. `open`: not over yet. */
export const listRuns = {
  input: z.strictObject({ ...pageInput, documentId: documentId.optional(), flowId: flowId.optional(), state: z.union([runState, z.enum(['open', 'over'])]).optional(), mine: z.boolean().optional() }),
  output: pageOf(run),
}
/** With all its steps, in the order in which they were opened, and the newest 200 comments. */
export const getRun = {
  input: z.strictObject({ id: flowRunId }), output: run.extend({ steps: z.array(step), comments: z.array(comment), effects: z.array(effect) }),
}
export type RunDetails = z.infer<typeof getRun.output>
/** Of a run that was withdrawn already: success that changes nothing. */
export const withdrawRun = { input: z.strictObject({ id: flowRunId, reason: words.optional() }), output: run }
/** Mentioned are active members who read the document; attached are documents that the author reads. */
export const commentRun = {
  input: z.strictObject({ id: flowRunId, text: words, mentions: z.array(userId).max(20).default([]), attachments: z.array(documentId).max(20).default([]) }),
  output: comment,
}

/** What is asked of the caller, newest first; of documents that they still read. `counts` are of all their open tasks. */
export const listTasks = {
  input: z.strictObject({
    ...pageInput, state: z.enum(['open', 'decided', 'closed']).default('open'), documentId: documentId.optional(), flowId: flowId.optional(), overdue: z.literal(true).optional(),
  }),
  output: pageOf(task).extend({ counts: z.strictObject({ open: z.int(), overdue: z.int() }) }),
}
/**
 * `contentSha256`: of the bytes that the caller saw. One key is one request: repeated, it answers what came of it. `pending`: accepted (202), and recorded as soon as
 * it can be; the same key tells later. Who comes too late is told by `task.decided` who decided and how.
 */
export const decideTask = {
  input: z.strictObject({ id: flowTaskId, verdict, contentSha256: sha256, comment: words.optional(), idempotencyKey }),
  output: z.discriminatedUnion('status', [z.strictObject({ status: z.literal('decided'), task }), z.strictObject({ status: z.literal('pending'), taskId: flowTaskId })]),
}
export type Decided = z.infer<typeof decideTask.output>

/** For a time, and for all flows unless some are named. */
export const delegation = z.strictObject({
  id: delegationId, from: userId, to: userId, startsAt: moment, endsAt: moment, flows: z.array(flowId).nullable(), note: z.string().nullable(), createdAt: moment,
})
export type Delegation = z.infer<typeof delegation>
/** One task to somebody else; or, from one moment until another, whatever the caller will be asked meanwhile: tasks that are open by then stay with the caller. */
export const delegateTask = {
  input: z.union([
    z.strictObject({ id: flowTaskId, to: userId, reason: words.optional() }),
    z.strictObject({ to: userId, from: moment, until: moment, flows: z.array(flowId).min(1).max(100).optional(), reason: words.optional() }),
  ]),
  output: z.union([z.strictObject({ task }), z.strictObject({ delegation })]),
}
/**
 * Another person's task: for who manages flows, to anybody who can decide it; for who manages the document, to those whom the flow allows. Under four eyes not for whoever asked
 * or made the version, unless they manage flows.
 */
export const reassignTask = { input: z.strictObject({ id: flowTaskId, to: userId, reason: words.optional() }), output: task }
/** Those from and to the caller that have neither ended nor been revoked, newest first. */
export const listDelegations = { input: z.strictObject(pageInput), output: pageOf(delegation) }
/** By whoever gave it or stands in. Nothing to revoke is success. */
export const revokeDelegation = { input: z.strictObject({ id: delegationId }), output: z.strictObject({ revoked: z.boolean() }) }
