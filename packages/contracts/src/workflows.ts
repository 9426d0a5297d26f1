import { z } from 'zod'
import { fieldName, fieldValue, tagName } from './documents.ts'
import { duration, flowKey, flowSpec } from './flow-definition.ts'
import { verdict } from './flow-words.ts'
import { documentId, flowId, folderId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { text } from './text.ts'

const moment = z.iso.datetime()

/** `version`: the newest that was published, by which new runs go; 0 for none yet. An archived flow begins no more runs. */
export const flow = z.strictObject({
  id: flowId, name: z.string(), status: z.enum(['active', 'archived']), version: z.int(), createdBy: userId, createdAt: moment, updatedAt: moment, publishedAt: moment.nullable(),
})
/** A definition as it is kept: of that version, or the draft with version 0. `publishedBy`: its effects are done with the rights of this person. */
export const definition = flow.extend({ shown: z.strictObject({ version: z.int(), publishedBy: userId.nullable(), publishedAt: moment.nullable() }), spec: flowSpec })

/** Keeps a draft, which need not work yet. */
export const createFlow = { input: z.strictObject({ spec: flowSpec }), output: flow }
/**
 * Makes of `spec`, or of the draft, the next version. Refused with `flow.invalid` and `details.faults` where it cannot work. The same definition by the same person
 * again is the version that there is.
 */
export const publishFlow = { input: z.strictObject({ id: flowId, spec: flowSpec.optional() }), output: flow }
export const archiveFlow = { input: z.strictObject({ id: flowId }), output: flow }
/** Oldest first. */
export const listFlows = { input: z.strictObject({ ...pageInput, status: flow.shape.status.default('active') }), output: pageOf(flow) }
/** Without a version the newest that was published, or the draft while there is none; 0 for the draft. */
export const getFlow = { input: z.strictObject({ id: flowId, version: z.int().min(0).max(1_000_000).optional() }), output: definition }

/** What a sample says of a document; what it leaves out is not known. */
export const sampleFacts = z.strictObject({
  name: text.max(255).default('sample'), type: text.max(200).nullable().default(null), pages: z.int().min(0).nullable().default(null), size: z.int().min(0).nullable().default(null),
  language: text.max(20).nullable().default(null), folderId: folderId.nullable().default(null), tags: z.array(tagName).max(50).default([]),
  metadata: z.record(fieldName, fieldValue).default({}),
})
/** How people answer: the first that fits a task counts, and whom none fits approves at once. `verdict` null: never answers. */
const answer = z.strictObject({ stage: flowKey.optional(), round: z.int().min(1).optional(), userId: userId.optional(), verdict: verdict.nullable(), after: duration.optional() })
const simulated = z.strictObject({
  stage: z.string(), name: z.string(), round: z.int(), state: z.enum(['open', 'approved', 'rejected', 'expired', 'stale', 'skipped']),
  openedAt: moment, closedAt: moment.nullable(), dueAt: moment.nullable(), reminders: z.array(moment),
  asked: z.array(z.strictObject({ userId, at: moment, why: z.enum(['asked', 'escalated', 'moved']), verdict: verdict.nullable(), decidedAt: moment.nullable() })),
})
const OF_ONE = { message: 'one of the two' }
/**
 * Plays a flow on a sample: a document that the caller reads, or facts. `id` stands for the newest version, or the draft while there is none. `requesterId`: who would have
 * started it; the caller when absent. `faults`: why it could not be published, by whoever asks. A mutation only because a definition does not fit into an address.
 */
export const simulateFlow = {
  input: z.strictObject({
    id: flowId.optional(), spec: flowSpec.optional(),
    sample: z.strictObject({ documentId: documentId.optional(), facts: sampleFacts.optional() })
      .refine(({ documentId: id, facts }) => (id === undefined) !== (facts === undefined), OF_ONE),
    answers: z.array(answer).max(200).default([]), requesterId: userId.optional(), startedAt: moment.optional(),
  }).refine(({ id, spec }) => (id === undefined) !== (spec === undefined), OF_ONE),
  output: z.strictObject({
    outcome: z.enum(['approved', 'rejected', 'expired', 'waiting', 'version', 'stuck', 'cut']), endedAt: moment.nullable(), steps: z.array(simulated),
    faults: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  }),
}
