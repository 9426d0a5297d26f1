import type { Tx } from '@intellidocs/kernel'
import { isSpent, keepDocuments, type Exactly, type TextBudget } from './query/exact.ts'
import { searchRepository, type Held, type Listed } from './search.repository.ts'
import type { Scope } from './search.types.ts'

/** Documents looked at to find a page of those whose texts hold, or do not hold, what they must. */
const LOOKED_AT = 200

type Asked = { readonly exactly: Exactly; readonly held: Held | null; readonly after: Listed | null; readonly limit: number; readonly oldest: boolean; readonly budget: TextBudget }

/**
 * A page of the documents that meet the filters, by date. `next`: behind which the one after it begins, null where there is none; where the budget is spent
 * the page ends early, with what was found.
 */
export async function listDocuments(tx: Tx, scope: Scope, { exactly, held, after, limit, oldest, budget }: Asked): Promise<{ documents: Listed[]; next: Listed | null }> {
  const byText = exactly.phrases.length + exactly.without.length > 0
  const documents: Listed[] = []
  for (let from = after; ;) {
    const some = await searchRepository.listed(tx, scope, { oldest, held, after: from, limit: byText ? LOOKED_AT : limit + 1 })
    const kept = byText ? await keepDocuments(tx, scope, { documents: some.map((d) => d.documentId), exactly, budget }) : null
    documents.push(...some.filter((d) => kept === null || kept.has(d.documentId)))
    const last = some.at(-1)
    if (documents.length > limit) return { documents: documents.slice(0, limit), next: documents[limit - 1] ?? null }
    if (last === undefined || !byText || some.length < LOOKED_AT) return { documents, next: null }
    if (isSpent(budget)) return { documents, next: last }
    from = last
  }
}
