import { z } from 'zod'
import { apiKeyId, orgId, sessionId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { text } from './text.ts'

/** What leaves a row and is no event: reads of content, and a checkpoint that somebody had signed. Changes leave one under the name of their event. */
export const auditedReads = ['documents.download', 'documents.pages', 'documents.page-image', 'search.query', 'search.similar', 'search.ask', 'audit.export', 'audit.checkpoint', 'runs.certificate', 'privacy.person-export'] as const
export type AuditedRead = (typeof auditedReads)[number]

/**
 * What an administrator did to an organization or its work, in the chain of the installation; the event of it stands in the organization's own. What they did
 * to an account has an event of the installation.
 */
export const platformDeeds = [
  'admin.org-created', 'admin.org-suspended', 'admin.org-resumed', 'admin.org-deleted', 'admin.org-restored', 'admin.org-plan-set',
  'admin.jobs-retried', 'admin.jobs-cancelled', 'admin.deliveries-released', 'admin.deliveries-dropped', 'admin.settings-set', 'admin.support-opened',
  'admin.switch-set', 'admin.webhooks-released', 'admin.webhooks-dropped', 'admin.keys-resealed', 'admin.check-started', 'admin.check-cancelled',
] as const
export type PlatformDeed = (typeof platformDeeds)[number]

export const auditRow = z.strictObject({
  /** Place in the organization's chain, from 1 without a gap; null until the row is sealed, a few seconds after it was written. */
  seq: z.int().nullable(),
  id: z.string(), at: z.iso.datetime(),
  actor: z.strictObject({ id: userId, kind: z.string(), sessionId: sessionId.nullable(), keyId: apiKeyId.nullable(), address: z.string().nullable() }),
  action: z.string(), subject: z.strictObject({ type: z.string(), id: z.string().nullable() }),
  /** What there is to say of it; for a change `before` and `after` of the fields that changed. */
  data: z.unknown(), requestId: z.string().nullable(),
})
export type AuditRow = z.infer<typeof auditRow>

export const auditFilter = z.strictObject({
  actorId: userId.optional(),
  /** Beginning of the action: `documents.` or `users.api-key`. */
  action: text.min(1).max(100).optional(),
  subjectType: text.min(1).max(50).optional(), subjectId: text.min(1).max(100).optional(),
  from: z.iso.datetime().optional(),
  /** The first moment that is not meant any more. */
  to: z.iso.datetime().optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

/** Newest first. */
export const listAudit = { input: z.strictObject({ ...pageInput, ...auditFilter.shape }), output: pageOf(auditRow) }

export const auditFormats = ['jsonl', 'ocsf'] as const
export const auditFormat = z.enum(auditFormats)
export type AuditFormat = z.infer<typeof auditFormat>

/** Where the bytes are: `GET path` with the same credentials streams an export of any size. `complete` ones prove that nothing is missing. */
export const exportAudit = {
  input: z.strictObject({ format: auditFormat.default('jsonl'), ...auditFilter.shape }),
  output: z.strictObject({ path: z.string(), contentType: z.string(), complete: z.boolean() }),
}

/** That the chain had come to this head: keep it elsewhere, and nothing up to `seq` can be taken away unseen. */
export const checkpoint = z.strictObject({
  org: orgId, seal: z.int(), seq: z.int(), hash: z.string().regex(/^[0-9a-f]{64}$/), at: z.string().max(40),
  keyId: z.string().regex(/^[0-9a-f]{16}$/), signature: z.string().max(200),
})

/** In steps: what one call looks at is bounded. `ok` is null while there is more; `broken` names the first number that is not as it was sealed. */
export const verifyAudit = {
  input: z.strictObject({ cursor: z.string().max(512).optional(), checkpoint: checkpoint.optional() }),
  output: z.strictObject({
    ok: z.boolean().nullable(), nextCursor: z.string().nullable(), checked: z.int(), total: z.int(), unsealed: z.int(),
    broken: z.strictObject({ seq: z.int(), problem: z.string() }).nullable(),
  }),
}
export const publicKey = z.strictObject({ algorithm: z.literal('Ed25519'), keyId: z.string(), publicKey: z.string() })
export const auditKey = { output: publicKey }
/** Null: nothing was sealed yet. */
export const auditCheckpoint = { output: z.strictObject({ checkpoint: checkpoint.nullable(), key: publicKey }) }
