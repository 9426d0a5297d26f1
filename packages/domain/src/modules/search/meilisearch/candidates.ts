import type { Log } from '@intellidocs/kernel'
import type { KeywordCandidates, Proposal } from '../keyword-candidates.ts'
import { meiliFilter } from '../meili-filter.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { SearchClient } from './client.ts'
import { failureOf, MeilisearchFailure } from './failure.ts'
import { askedStems, countQueries, listQueries, mergeLists } from './plan.ts'

/** For both steps together; the slowest of twenty takes 0.17 s over 100,000 passages, and Postgres must still have its time. */
const BUDGET_MS = 1_000
const PASSAGE_ID = /^[1-9]\d{0,18}$/

export type ProposalOutcome = 'answered' | 'failed' | 'skipped'

type Deps = {
  readonly client: SearchClient
  readonly breaker: CircuitBreaker
  readonly log: Log
  /** Told of each query how it went; skipped: the server rests after failures. */
  readonly onOutcome?: ((outcome: ProposalOutcome) => void) | undefined
  readonly budgetMs?: number
}

const nothing = { passageIds: null, misspelt: [] } as const

/**
 * Candidates by Meilisearch, in two requests: what each stem is worth to this reader, then the passages. As a ranker it loses half of BM25's quality, as this
 * it loses nothing (docs/adr/0033).
 */
export function createMeilisearchCandidates({ client, breaker, log, onOutcome = () => undefined, budgetMs = BUDGET_MS }: Deps): KeywordCandidates {
  return {
    async propose(actor, plan): Promise<Proposal> {
      const stems = askedStems(plan)
      if (stems.length === 0) return { ...nothing, degraded: false }
      if (!breaker.allows()) {
        onOutcome('skipped')
        return { ...nothing, degraded: true }
      }
      try {
        const filter = meiliFilter(actor)
        const signal = AbortSignal.timeout(budgetMs)
        const counts = await client.search(countQueries(stems), filter, signal)
        const lists = listQueries(stems, counts.map(({ count }) => count))
        const { passageIds, misspelt } = mergeLists(lists, await client.search(lists, filter, signal))
        if (!passageIds.every((id) => PASSAGE_ID.test(id))) throw new MeilisearchFailure('nonsense', { detail: 'an id that is none of a passage' })
        breaker.succeeded()
        onOutcome('answered')
        return { passageIds, misspelt, degraded: false }
      } catch (error) {
        // Somebody in more groups than a filter takes says nothing of the server.
        if (!(error instanceof RangeError)) breaker.failed()
        onOutcome('failed')
        log.warn({ err: error instanceof RangeError ? error : failureOf(error), requestId: actor.requestId }, 'meilisearch proposed nothing; Postgres answers alone')
        return { ...nothing, degraded: true }
      }
    },
  }
}
