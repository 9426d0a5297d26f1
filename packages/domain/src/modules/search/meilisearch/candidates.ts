import type { KeywordCandidates, Proposal } from '../keyword-candidates.ts'
import { askServer, passageIdsOf, type ServerDeps } from './ask-server.ts'
import { askedStems, countQueries, listQueries, mergeLists } from './plan.ts'

/** For both steps together; the slowest of twenty takes 0.17 s over 100,000 passages, and Postgres must still have its time. */
const BUDGET_MS = 1_000
const INSTEAD = 'meilisearch proposed nothing; Postgres answers alone'

/**
 * Candidates by Meilisearch, in two requests: what each stem is worth to this reader, then the passages. As a ranker it loses half of BM25's quality, as this
 * it loses nothing (docs/adr/0033).
 */
export function createMeilisearchCandidates({ budgetMs = BUDGET_MS, ...server }: ServerDeps & { readonly budgetMs?: number }): KeywordCandidates {
  return {
    async propose(actor, plan): Promise<Proposal> {
      const stems = askedStems(plan)
      if (stems.length === 0) return { passageIds: null, misspelt: [], degraded: false }
      const proposed = await askServer(server, { actor, budgetMs, instead: INSTEAD }, async (search) => {
        const counts = await search(countQueries(stems))
        const lists = listQueries(stems, counts.map(({ count }) => count))
        const { passageIds, misspelt } = mergeLists(lists, await search(lists))
        return { passageIds: passageIdsOf(passageIds), misspelt }
      })
      return proposed === null ? { passageIds: null, misspelt: [], degraded: true } : { ...proposed, degraded: false }
    },
  }
}
