import type { Tx } from '@intellidocs/kernel'
import { quoteLexeme, type KeywordPlan } from './keyword-plan.ts'
import { listDocuments } from './list.ts'
import { textBudget } from './query/exact.ts'
import { createPhraseSearch } from './query/phrase-search.ts'
import { searchRepository, type Held, type Listed } from './search.repository.ts'
import type { Scope } from './search.types.ts'

/** Documents that are named; where more hold a word, they are asked one after the other, which then soon fills a page. */
const MOST_NAMED = 10_000
/** Passages of a document that are scored to choose the one that is shown. */
const SCORED = 20

export type DatedAsk = {
  readonly plan: KeywordPlan; readonly without: readonly string[]; readonly oldest: boolean; readonly after: Listed | null; readonly limit: number; readonly milliseconds: number
}
export type DatedRow = { readonly passageId: string; readonly documentId: string; readonly score: number }
/** `rows`: each document's best passage, in order. `next`: behind which the next page begins. */
export type DatedPage = { readonly rows: readonly DatedRow[]; readonly next: Listed | null }

/** A tsquery of whatever holds a word of the query. */
export const anyOf = ({ terms }: KeywordPlan): string => terms.flatMap((term) => term.lexemes).map(quoteLexeme).join(' | ')

/** A page, by date, of the documents that hold a word of the query, or each of its phrases, however many there are. Null: the index cannot tell, as of stop words. */
export async function pageByDate(tx: Tx, scope: Scope, { plan, without, oldest, after, limit, milliseconds }: DatedAsk): Promise<DatedPage | null> {
  const phrases = scope.phrases ?? []
  const queries = await searchRepository.phraseQueries(tx, phrases)
  if (queries.length < phrases.length) return null
  const match = phrases.length === 0 ? anyOf(plan) : queries.map(({ together }) => together).join(' | ')
  const named = await searchRepository.holding(tx, scope, { match, limit: MOST_NAMED + 1 })
  const held: Held = named.length > MOST_NAMED ? { match } : { documents: named }
  const budget = textBudget(milliseconds)
  const { documents, next } = await listDocuments(tx, scope, { exactly: { phrases, without }, held, after, limit, oldest, budget })
  const ids = await searchRepository.passagesMeeting(tx, scope, { documents: documents.map((d) => d.documentId), match, each: SCORED })
  const score = (passages: readonly string[]) => searchRepository.keyword(tx, scope, { plan, match: null, ids: passages, limit: passages.length })
  const scored = ids.length === 0 ? [] : await score(ids)
  const shown = phrases.length === 0 ? scored : await createPhraseSearch({ scope, enough: ids.length, budget: textBudget(milliseconds), score })(tx, scored)
  const best = new Map<string, DatedRow>()
  for (const row of shown) if (row.score > (best.get(row.documentId)?.score ?? -1)) best.set(row.documentId, row)
  return { rows: documents.flatMap(({ documentId }) => best.get(documentId) ?? []), next }
}
