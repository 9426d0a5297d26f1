import { z } from 'zod'
import { reindexingId } from './ids.ts'

/**
 * What may be wrong with what search answers from. `stalePassages`: of versions that are neither the present one nor the one that search shows ·
 * `orphans`: words and vectors of passages that are gone · `tags`: rows of the list of tags · `passages`: missing, too many, or other than the text of their page ·
 * `words`: of passages, missing or other than their text · `vectors`: missing · `frequencies`: words, and lengths of passages, that are counted wrongly ·
 * `entries`: documents that Meilisearch holds otherwise, where there is one. Only told, because reading the document again heals them: `pages` that are not there, and
 * documents whose present version is ready and `unpublished`.
 */
export const reindexFaults = ['stalePassages', 'orphans', 'tags', 'pages', 'unpublished', 'passages', 'words', 'vectors', 'frequencies', 'entries'] as const
export type ReindexFault = (typeof reindexFaults)[number]

/** In this order. */
export const reindexStages = ['documents', 'vectors', 'frequencies', 'absentWords', 'lengths', 'entries'] as const
export type ReindexStage = (typeof reindexStages)[number]

const counts = z.record(z.enum(reindexFaults), z.int())

/**
 * One pass over all of an organization's documents. `looked` of `documents` were compared with what search has of them, `documents` being those that were there at the
 * beginning. `failures`: how often in a row the present step failed; it is tried again. `stage` and what follows it are null and over once `endedAt` is set.
 */
export const reindexing = z.strictObject({
  id: reindexingId, stage: z.enum(reindexStages).nullable(), documents: z.int(), looked: z.int(), found: counts, healed: counts, failures: z.int(),
  createdAt: z.iso.datetime(), endedAt: z.iso.datetime().nullable(),
})
export type Reindexing = z.infer<typeof reindexing>

/** Begins one, or answers the one that is under way: `started` says which. */
export const startReindexing = { input: z.strictObject({}), output: z.strictObject({ started: z.boolean(), reindexing }) }
/** The one that was begun last. */
export const getReindexing = { input: z.strictObject({}), output: z.strictObject({ reindexing: reindexing.nullable() }) }
