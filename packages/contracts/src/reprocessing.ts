import { z } from 'zod'
import { documentState, reason } from './documents.ts'
import { folderId, reprocessingId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'

const word = z.string().trim().min(1).max(200)
/** In the unit of `documents.pages`: 0 to 100. */
const confidence = z.number().min(0).max(100)

/**
 * Which documents are to be read again: those whose present version fulfils everything that is named. What is said of pages (`extractor`, `engine`, `model`,
 * `engineVersion`, `confidence…`, the words of `documents.pages`) holds where one page fulfils all of it. `folderId`: in it and below it. What waits or is in work is not
 * among them, nor what lies in the trash.
 */
export const reprocessWhere = z.strictObject({
  extractor: word.optional(), engine: word.optional(), model: word.optional(), engineVersion: word.optional(),
  confidenceBelow: confidence.optional(), confidenceAbove: confidence.optional(),
  mime: word.optional(), language: word.optional(), folderId: folderId.optional(), state: documentState.exclude(['queued', 'processing']).optional(), reason: reason.optional(),
  createdFrom: z.iso.datetime().optional(), createdBefore: z.iso.datetime().optional(),
}).refine((where) => Object.values(where).some((value) => value !== undefined), 'name one condition at least')
export type ReprocessWhere = z.infer<typeof reprocessWhere>

/** Documents to a selection; the next one takes up what is left. */
export const MOST_REPROCESSED = 20_000

/**
 * `documents` are those that the caller may edit, 20,000 at most, and `more` whether there are others; `pages` theirs. `estimatedSeconds` is what reading them took the last time,
 * one after the other, and for those of which that is not known the mean of a page of this organization; null where nothing was ever measured. Several are read at a time,
 * so that it is over sooner where nobody else wants the machine.
 */
export const previewReprocessing = {
  input: z.strictObject({ where: reprocessWhere }),
  output: z.strictObject({ documents: z.int(), pages: z.int(), more: z.boolean(), estimatedSeconds: z.int().nullable() }),
}

/** `left`: documents that still wait for their turn or are being read; one that went into the trash, is gone, or moved on by itself is none of them. */
export const reprocessing = z.strictObject({
  id: reprocessingId, where: reprocessWhere, documents: z.int(), left: z.int(), createdAt: z.iso.datetime(), endedAt: z.iso.datetime().nullable(),
})
export type Reprocessing = z.infer<typeof reprocessing>

/** Chooses now, and reads some at a time, members in equal shares; what comes to fulfil the conditions later is not among them. A member has three under way at most. */
export const startReprocessing = { input: z.strictObject({ where: reprocessWhere }), output: reprocessing }
/** The caller's own, newest first. */
export const listReprocessings = { input: z.strictObject(pageInput), output: pageOf(reprocessing) }
