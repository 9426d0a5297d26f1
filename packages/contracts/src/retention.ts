import { z } from 'zod'
import { tagName } from './documents.ts'
import { documentId, folderId, holdId, userId } from './ids.ts'
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
