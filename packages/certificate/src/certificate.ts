import { auditContract, flowContract, flowId, flowRunId, flowTaskId, documentId, orgId, reasonsForTask, runOutcome, sha256, taskEnds, userId, verdict } from '@intellidocs/contracts'
import { z } from 'zod'

export const certificateFormat = 'intellidocs-certificate/1'

/** Half a surrogate pair has no UTF-8, and so no bytes that could be signed. */
const said = z.string().refine((text) => text.isWellFormed(), 'half a surrogate pair')
const moment = z.iso.datetime()
const count = z.int().min(0)
const ordinal = z.int().min(1)

/** Ids of keys, keys and signatures are shown on terminals, and have one spelling: base64url in which no bit is free. */
export const keyId = z.string().regex(/^[0-9a-f]{16}$/)
const base64url = (length: number): z.ZodString => z.string().length(length)
  .refine((text) => Buffer.from(text, 'base64url').toString('base64url') === text, 'not base64url in its one spelling')
const publicKey = base64url(43)
export const signature = base64url(86)

/** As they were called when the certificate was issued; both null where the account was gone by then. */
const person = z.strictObject({ id: userId, name: said.nullable(), email: said.nullable() })
export type CertifiedPerson = z.infer<typeof person>

/**
 * What began the run. `request`: the requester asked for it. `version`: a version was read, the requester's. `change`: the requester tagged or changed the document. `run`: another
 * run did at its end, whose requester this one has.
 */
const runBegan = z.enum(['request', 'version', 'change', 'run'])

/** A stage in one of its rounds. */
const stage = z.strictObject({
  key: flowContract.flowKey, name: said, round: ordinal, outcome: z.enum(['approved', 'rejected', 'expired', 'stale', 'skipped']),
  rule: flowContract.decisionRule,
  /** False: begun anew, or about other bytes; it decided nothing in the end. */
  counts: z.boolean(),
  /** The flow lets decisions of this stage stand when the document changes afterwards. */
  keeps: z.boolean(),
  openedAt: moment, closedAt: moment, dueAt: moment.nullable(),
  /** What the end of its time does, where it has one that does something. */
  atDeadline: z.enum(['expire', 'reject']).nullable(),
})
export type CertifiedStage = z.infer<typeof stage>

/** Somebody who was asked, in a stage. */
const asked = {
  taskId: flowTaskId, stage: flowContract.flowKey, round: ordinal, person,
  /** In whose place they were asked. */
  onBehalfOf: person.nullable(),
  /** Who handed it on to them. */
  handedOnBy: person.nullable(),
  why: reasonsForTask,
}

const decision = z.strictObject({
  ...asked, id: z.uuid(), verdict, at: moment,
  /** Number of the audit row that tells of it. */
  row: ordinal,
  /** Of the document, as the person saw it. */
  version: ordinal, contentSha256: sha256,
  /** Whether the session had been opened with a second factor. */
  secondFactor: z.boolean(),
  via: z.enum(['session', 'apiKey']),
  comment: said.nullable(),
})
export type CertifiedDecision = z.infer<typeof decision>

/** Asked, and not heard: why no answer was needed any more, and since when. */
const unheard = z.strictObject({ ...asked, end: taskEnds, at: moment })
export type CertifiedUnheard = z.infer<typeof unheard>

const auditRow = z.strictObject({ seq: ordinal, hash: sha256, action: said, at: moment })

/** What a certificate says; everything but the signature is what is signed. */
export const certificateShape = z.strictObject({
  format: z.literal(certificateFormat),
  org: z.strictObject({ id: orgId, name: said }),
  run: z.strictObject({
    id: flowRunId, requester: person, began: runBegan, note: said.nullable(), startedAt: moment, endedAt: moment,
    outcome: runOutcome, /** Why it ended so, where the outcome does not say it. */ reason: said.nullable(), /** Who withdrew it; null where nobody did. */ withdrawnBy: person.nullable(),
  }),
  flow: z.strictObject({
    id: flowId, name: said, version: ordinal, /** Of the definition in canonical JSON. */ specSha256: sha256, /** Every stage that it has, by its key. */ stages: z.array(flowContract.flowKey),
  }),
  document: z.strictObject({ id: documentId, name: said, version: ordinal, sha256, size: count }),
  stages: z.array(stage), decisions: z.array(decision), unheard: z.array(unheard),
  audit: z.strictObject({
    /** The rows about the run, by number in the chain, with their hashes. */
    rows: z.array(auditRow),
    /** The head they were sealed under, signed with the audit's own key. */
    head: auditContract.checkpoint.extend({ signature }), publicKey,
  }),
  issuedAt: moment, keyId, publicKey, signature,
})
export type Certificate = z.infer<typeof certificateShape>

const decided = new Set(['approved', 'rejected'])
const stageOf = ({ stages }: Certificate, decision: CertifiedDecision): CertifiedStage | undefined =>
  stages.find((each) => each.key === decision.stage && each.round === decision.round)

/** Whether the outcome rests on this decision: people decided the run, and its stage in this round, which was not begun anew. */
export function counts(certificate: Certificate, decision: CertifiedDecision): boolean {
  const stage = stageOf(certificate, decision)
  return stage !== undefined && stage.counts && decided.has(stage.outcome) && decided.has(certificate.run.outcome)
}

/** Whether a decision that counts was made on other bytes than the document's. `keeps` tells whether the flow allows that. */
export function onOtherBytes(certificate: Certificate, decision: CertifiedDecision): { keeps: boolean } | null {
  if (decision.contentSha256 === certificate.document.sha256 || !counts(certificate, decision)) return null
  return { keeps: stageOf(certificate, decision)?.keeps === true }
}
