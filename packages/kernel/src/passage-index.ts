import type { Tx } from './unit-of-work.ts'

/** One batch of a version's pages on its way into the search index. */
export type PassageBatch = {
  readonly orgId: string
  readonly documentId: string
  readonly versionId: string
  /** Fences: an implementation writes only while the version is still at this attempt and throws `FencedError` otherwise. */
  readonly attempt: number
  readonly title: string
  readonly language: string | null
  /** At most 50, in order; their numbers begin at 1. A page may be empty. */
  readonly pages: readonly { readonly number: number; readonly text: string }[]
  /** Pages of paper, of which each may bear what others bear: headers, footers, numbers. */
  readonly printed?: boolean
  /** The first batch of an attempt: passages that an earlier attempt left are removed with it. */
  readonly first: boolean
}

/** Formats whose pages are of paper. */
export const isPrinted = (mime: string | null): boolean => mime === 'application/pdf' || mime?.startsWith('image/') === true

export type PassageStage = 'chunk' | 'embed' | 'index'

/** How the passages of a page were made: by which cutter, and the models whose vectors they have. Null: before it was written down. */
export type PassagesMade = { readonly page: number; readonly count: number; readonly chunker: string | null; readonly models: string[]; readonly at: Date | null }

/** What the module `documents` needs of search. It stands here because `search` implements it and may know nothing of documents. */
export type PassageIndex = {
  /**
   * Chunks, embeds and stores the passages of one batch; replaces what an earlier try of the same batch left.
   * Idempotent, also when two tries run at once. Nothing is shown before the version is published.
   */
  index(
    input: PassageBatch,
    onStage: (stage: PassageStage, pagesDone: number) => void,
    signal: AbortSignal,
  ): Promise<{ passages: number }>
  /**
   * Removes all passages of a document, or, with `keepVersionId`, those of every version older than that one.
   * Versions newer than it stay: one of them may be halfway through its own indexing.
   */
  remove(input: { readonly orgId: string; readonly documentId: string; readonly keepVersionId?: string }): Promise<void>
  /** In the caller's transaction, for pages `from` to `to` of a version that the caller may read; those without a passage are absent. */
  made(tx: Tx, of: { readonly versionId: string; readonly from: number; readonly to: number }): Promise<PassagesMade[]>
}

/** The version has moved on (a newer attempt, a cancel, a purge): whoever gets this stops and writes nothing more. */
export class FencedError extends Error {
  constructor(versionId: string, attempt: number) {
    super(`attempt ${attempt} of version ${versionId} is no longer the running one`)
    this.name = 'FencedError'
  }
}
