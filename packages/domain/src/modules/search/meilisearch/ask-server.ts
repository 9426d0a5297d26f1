import type { Actor, Log } from '@intellidocs/kernel'
import { meiliFilter, type MeiliFilter } from '../meili-filter.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { SearchClient } from './client.ts'
import { failureOf, MeilisearchFailure } from './failure.ts'

const PASSAGE_ID = /^[1-9]\d{0,18}$/

/** `skipped`: the server rests after failures. */
export type ProposalOutcome = 'answered' | 'failed' | 'skipped'

export type ServerDeps = {
  readonly client: SearchClient
  readonly breaker: CircuitBreaker
  readonly log: Log
  /** Told how asking went, each time. */
  readonly onOutcome?: ((outcome: ProposalOutcome) => void) | undefined
}
type Ask = { readonly actor: Actor; readonly budgetMs: number; readonly instead: string }

/**
 * Asks Meilisearch within what the actor may read. Null: it is away, wrong, slow, or rests after failures;
 * `instead` is what the log says happens then.
 */
export async function askServer<T>(
  { client, breaker, log, onOutcome = () => undefined }: ServerDeps, { actor, budgetMs, instead }: Ask,
  work: (search: (queries: Parameters<SearchClient['search']>[0]) => ReturnType<SearchClient['search']>) => Promise<T>,
): Promise<T | null> {
  if (!breaker.allows()) {
    onOutcome('skipped')
    return null
  }
  try {
    const filter: MeiliFilter = meiliFilter(actor)
    const signal = AbortSignal.timeout(budgetMs)
    const answer = await work((queries) => client.search(queries, filter, signal))
    breaker.succeeded()
    onOutcome('answered')
    return answer
  } catch (error) {
    // Somebody in more groups than a filter takes says nothing of the server.
    if (!(error instanceof RangeError)) breaker.failed()
    onOutcome('failed')
    log.warn({ err: error instanceof RangeError ? error : failureOf(error), requestId: actor.requestId }, instead)
    return null
  }
}

/** The ids as they are. @throws MeilisearchFailure for one that is none of a passage */
export function passageIdsOf(ids: readonly string[]): readonly string[] {
  if (!ids.every((id) => PASSAGE_ID.test(id))) throw new MeilisearchFailure('nonsense', { detail: 'an id that is none of a passage' })
  return ids
}
