import type { Actor } from '@intellidocs/kernel'
import type { Misspelt } from '../keyword-candidates.ts'

/** A word that stands in nothing that the caller reads; `stems`: how it may be spelled there. */
export type UnknownWord = { readonly word: number; readonly text: string; readonly stems: readonly string[] }

/**
 * Where words may be found that somebody is about to write, or meant. An engine proposes passages and no more: Postgres reads in them what the caller may. `degraded`: one
 * that should have been asked did not answer. Never throws for an engine that is away; it may wait, so it is not called inside a transaction.
 */
export type WordProposals = {
  /** Passages that hold a word which begins so. */
  beginning(actor: Actor, typed: string): Promise<{ readonly passageIds: readonly string[]; readonly degraded: boolean }>
  /** Passages that hold a word like one of these. */
  like(actor: Actor, words: readonly UnknownWord[]): Promise<{ readonly misspelt: readonly Misspelt[]; readonly degraded: boolean }>
}

/** The plain database: its list of stems is looked through, nothing is proposed apart from it. */
export const postgresWords: WordProposals = {
  beginning: () => Promise.resolve({ passageIds: [], degraded: false }),
  like: () => Promise.resolve({ misspelt: [], degraded: false }),
}
