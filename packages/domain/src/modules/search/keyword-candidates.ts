import type { Actor } from '@intellidocs/kernel'
import type { KeywordPlan } from './keyword-plan.ts'

/** A word that no passage of the caller's holds as it was typed, and passages that hold one like it. `stems`: how the query spells it. */
export type Misspelt = { readonly word: number; readonly stems: readonly string[]; readonly passageIds: readonly string[] }

export type Proposal = {
  /** Passages for BM25 to score first; null: the conditions of `candidateRounds` alone. Nobody checked yet who may read them. */
  readonly passageIds: readonly string[] | null
  readonly misspelt: readonly Misspelt[]
  /** An engine that should have been asked did not answer. */
  readonly degraded: boolean
}

/**
 * Chooses the passages that BM25 scores. An engine proposes and no more: Postgres scores what it names, as far as the caller may read it, and goes on by its own
 * conditions where that leaves few. Never throws for an engine that is away or answers nonsense; it may wait, so it is not called inside a transaction.
 */
export type KeywordCandidates = { propose(actor: Actor, plan: KeywordPlan): Promise<Proposal> }

/** Nothing is proposed: the conditions alone. */
export const byConditions: Proposal = { passageIds: null, misspelt: [], degraded: false }

/** The plain database: its index over the stems answers the conditions, nothing is proposed apart from them. */
export const postgresCandidates: KeywordCandidates = { propose: () => Promise.resolve(byConditions) }
