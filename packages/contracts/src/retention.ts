import { z } from 'zod'
import { fieldName, tagName } from './documents.ts'
import { documentId, folderId, holdId, orgId, retentionRuleId, sha256, tombstoneId, userId, type OrgId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { nameLine, text } from './text.ts'

const moment = z.iso.datetime()
const reason = text.trim().min(1).max(2_000)

/**
 * What a hold is on. Documents by their ids; or all that lie in a folder or below it, carry a tag, or are somebody's; or all of the organization.
 * What comes to match while it stands is held too, and what was held once stays held until the release, wherever it goes.
 */
export const holdSelection = z.union([
  z.strictObject({ documents: z.array(documentId).min(1).max(200) }), z.strictObject({ folderId }), z.strictObject({ tag: tagName }),
  z.strictObject({ ownerId: userId }), z.strictObject({ all: z.literal(true) }),
])
export type HoldSelection = z.infer<typeof holdSelection>

export const hold = z.strictObject({
  id: holdId, name: z.string(), reason: z.string(), on: holdSelection, placedBy: userId, placedAt: moment,
  released: z.strictObject({ by: userId, at: moment, reason: z.string() }).nullable(),
})
export type Hold = z.infer<typeof hold>

/** From the answer on nothing that it is on is deleted, by nobody and by no way, until it is released. */
export const placeHold = { input: z.strictObject({ name: nameLine, reason, on: holdSelection }), output: hold }
/** Newest first. */
export const listHolds = { input: z.strictObject({ ...pageInput, state: z.enum(['standing', 'released']).optional() }), output: pageOf(hold) }
/** Releasing is final; who needs the hold again places another one. */
export const releaseHold = { input: z.strictObject({ id: holdId, reason }), output: hold }

const days = z.int().min(1).max(36_500)
/** A media type of the current version, or a class of them: `application/pdf`, `image/*`. */
const mediaType = z.string().trim().toLowerCase().max(127).regex(/^[a-z0-9][a-z0-9.+-]*\/(?:\*|[a-z0-9][a-z0-9.+-]*)$/, 'a media type, or a class of them as image/*')
/** Documents that lie in a folder or below it, are of a type, carry a tag, or all; as they are when the rule is asked. */
export const retentionSelection = z.union([
  z.strictObject({ folderId }), z.strictObject({ type: mediaType }), z.strictObject({ tag: tagName }), z.strictObject({ all: z.literal(true) }),
])
export type RetentionSelection = z.infer<typeof retentionSelection>
/** From when the days count: the document's beginning, its current version's, or a date in a field of its metadata (`2026-11-30`, alone or with a time). */
export const retentionSince = z.union([z.enum(['created', 'uploaded']), z.strictObject({ field: fieldName })])
export type RetentionSince = z.infer<typeof retentionSince>

/** `keepDays`: so long nobody deletes it. `deleteDays`: after these the sweeper does; with `needsRelease` only once somebody recorded the release. */
export const rule = z.strictObject({
  id: retentionRuleId, name: z.string(), on: retentionSelection, since: retentionSince, keepDays: days.nullable(), deleteDays: days.nullable(),
  needsRelease: z.boolean(), setBy: userId, setAt: moment,
})
export type RetentionRule = z.infer<typeof rule>

export const listRules = { output: z.strictObject({ items: z.array(rule) }) }
/** Without an id a new one. Of several keeps the longest counts, and before any deletion. */
export const setRule = {
  input: z.strictObject({
    id: retentionRuleId.optional(), name: nameLine, on: retentionSelection, since: retentionSince.default('created'), keepDays: days.nullable().default(null),
    deleteDays: days.nullable().default(null), needsRelease: z.boolean().default(false),
  }).refine(({ keepDays, deleteDays }) => keepDays !== null || deleteDays !== null, { message: 'keepDays, deleteDays or both' })
    .refine(({ keepDays, deleteDays }) => keepDays === null || deleteDays === null || deleteDays >= keepDays, { message: 'deleteDays no shorter than keepDays', path: ['deleteDays'] }),
  output: rule,
}
export const removeRule = { input: z.strictObject({ id: retentionRuleId }), output: z.strictObject({ id: retentionRuleId, removed: z.literal(true) }) }
/** After so many days in the trash documents go, unless they are kept; null: never by themselves. */
export const trashTime = { output: z.strictObject({ days: days.nullable() }) }
export const setTrashTime = { input: trashTime.output, output: trashTime.output }

/** A document that is due by a rule. `name` is null for who does not read the document. */
export const release = z.strictObject({
  documentId, name: z.string().nullable(), ruleId: retentionRuleId, ruleName: z.string(), wantedAt: moment,
  released: z.strictObject({ by: userId, at: moment, note: z.string() }).nullable(),
})
export type RetentionRelease = z.infer<typeof release>
/** Oldest first: what waits for its release, and what was released and goes with the next sweep. */
export const listReleases = { input: z.strictObject({ ...pageInput }), output: pageOf(release) }
export const recordRelease = { input: z.strictObject({ documentId, ruleId: retentionRuleId, note: reason }), output: release }

/** What a tombstone says: `text` is this in JSON. `rule` null: the time of the trash was over. `by`: who deleted it, the system. Sizes are bytes. */
export const tombstoneText = z.strictObject({
  format: z.literal('intellidocs-tombstone-1'), id: tombstoneId, org: orgId, document: documentId,
  versions: z.array(z.strictObject({ number: z.int(), sha256, size: z.int(), createdAt: moment })),
  createdAt: moment, trashedAt: moment.nullable(), deletedAt: moment, by: userId,
  rule: z.strictObject({ id: retentionRuleId, name: z.string() }).nullable(),
  releases: z.array(z.strictObject({ rule: retentionRuleId, by: userId, at: moment, note: z.string() })),
})
export type TombstoneText = z.infer<typeof tombstoneText>
/** `signature`: Ed25519 over the UTF-8 of `text`, base64url, by the key of this id; `valid`: that it is one of this installation's, holds, and that `text` is about this row. */
export const tombstone = z.strictObject({
  id: tombstoneId, documentId, deletedAt: moment, rule: tombstoneText.shape.rule, text: z.string(), keyId: z.string(), signature: z.string(), valid: z.boolean(),
})
export type Tombstone = z.infer<typeof tombstone>

/** The text of a tombstone, where it is about what its row says and this organization: whoever writes to the database may have put a genuine one beside another document. Null where it is not. */
export function tombstoneTextOf({ id, documentId: document, deletedAt, text: body }: Pick<Tombstone, 'id' | 'documentId' | 'deletedAt' | 'text'>, org: OrgId): TombstoneText | null {
  const told = parsed(body)
  return told !== null && told.id === id && told.document === document && told.org === org && told.deletedAt === deletedAt ? told : null
}

function parsed(body: string): TombstoneText | null {
  try {
    return tombstoneText.safeParse(JSON.parse(body)).data ?? null
  } catch {
    return null
  }
}

/** Newest first. */
export const listTombstones = { input: z.strictObject({ ...pageInput, documentId: documentId.optional() }), output: pageOf(tombstone) }
/** The present one first; those before it still verify. `publicKey`: 32 bytes, base64url. */
export const tombstoneKeys = { output: z.strictObject({ algorithm: z.literal('Ed25519'), keys: z.array(z.strictObject({ keyId: z.string(), publicKey: z.string() })) }) }
