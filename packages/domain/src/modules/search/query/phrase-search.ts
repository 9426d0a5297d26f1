import type { Tx } from '@intellidocs/kernel'
import type { Scope } from '../search.types.ts'
import { holdPhrases, isSpent, type Proposed, type TextBudget } from './exact.ts'

/** Documents that the index proposes for a phrase: it knows stems, so that most may hold another form of it. */
export const PHRASE_PROPOSALS = 3000

type Row = Proposed & { readonly score: number }
type Search = {
  readonly scope: Scope
  /** Documents that are enough; so many are looked at at a time. */
  readonly enough: number
  readonly budget: TextBudget
  /** BM25 of passages that the index did not propose. */
  readonly score: (ids: readonly string[]) => Promise<Row[]>
}

/**
 * What is left of proposed rows, best first, once their texts are read: passages that hold one of the query's phrases, of documents that hold each. Decided
 * once: who calls it again with other proposals is not given the same document again.
 */
export function createPhraseSearch({ scope, enough, budget, score }: Search): (tx: Tx, rows: readonly Row[]) => Promise<Row[]> {
  const looked = new Set<string>()
  return async (tx, rows) => {
    const fresh = rows.filter((row) => !looked.has(row.documentId))
    const left: Row[] = []
    const documents = new Set<string>()
    for (let from = 0; from < fresh.length && documents.size < enough && !isSpent(budget); from += enough) {
      const proposed = fresh.slice(from, from + enough)
      const { kept, instead } = await holdPhrases(tx, scope, { proposed, phrases: scope.phrases ?? [], budget })
      const others = instead.length === 0 ? [] : await score(instead.map((one) => one.passageId))
      for (const row of proposed) looked.add(row.documentId)
      for (const row of [...kept, ...others]) documents.add(row.documentId)
      left.push(...kept, ...others)
    }
    return left
  }
}
