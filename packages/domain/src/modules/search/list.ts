import type { Tx } from '@intellidocs/kernel'
import { keepDocuments, textBudget } from './query/exact.ts'
import { searchRepository, type Listed } from './search.repository.ts'
import type { Scope } from './search.types.ts'

/** Documents looked at to find a page of those in which a word does not stand. */
const LOOKED_AT = 200

type Asked = { readonly without: readonly string[]; readonly after: Listed | null; readonly limit: number; readonly oldest: boolean }

/** A page of the documents that meet the filters, by date, and whether more may come. */
export async function listDocuments(tx: Tx, scope: Scope, { without, after, limit, oldest }: Asked): Promise<{ documents: Listed[]; more: boolean }> {
  const documents: Listed[] = []
  for (let from = after; ;) {
    const some = await searchRepository.listed(tx, scope, { oldest, after: from, limit: without.length === 0 ? limit + 1 : LOOKED_AT })
    const kept = without.length === 0 ? null : await keepDocuments(tx, scope, { documents: some.map((d) => d.documentId), exactly: { phrases: [], without }, budget: textBudget(3000) })
    documents.push(...some.filter((d) => kept === null || kept.has(d.documentId)))
    const last = some.at(-1)
    if (documents.length > limit || last === undefined || without.length === 0 || some.length < LOOKED_AT) {
      return { documents: documents.slice(0, limit), more: documents.length > limit }
    }
    from = last
  }
}
