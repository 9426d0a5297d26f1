import type { AnswerModel, Embedder } from '@intellidocs/embedding'
import type { Actor, Clock, Config, Log, Outbox, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import { createAskingService } from './answers/asking.service.ts'
import { createFacets } from './facets.ts'
import { createFold } from './fold.ts'
import { createModels } from './models/models.ts'
import { createReembeddingService } from './models/reembedding.service.ts'
import { indexChecks, type IndexFault } from './index-health.repository.ts'
import { postgresCandidates } from './keyword-candidates.ts'
import { createLegs } from './legs.ts'
import type { ProposalOutcome, ServerDeps } from './meilisearch/ask-server.ts'
import { createMeilisearchCandidates } from './meilisearch/candidates.ts'
import { createCircuitBreaker } from './meilisearch/circuit-breaker.ts'
import { createSearchClient } from './meilisearch/client.ts'
import { createIndexClient } from './meilisearch/index-client.ts'
import { createIndexWriter } from './meilisearch/index-writer.ts'
import { PASSAGES_INDEX } from './meilisearch/settings.ts'
import { createMeilisearchWords } from './meilisearch/words.ts'
import { createPassageIndexer } from './passage-indexer.ts'
import { createQueriesService } from './queries.service.ts'
import { createReindexingService } from './reindexing/reindexing.service.ts'
import { createSearchRouter } from './search.router.ts'
import { createSearchSecrecy } from './search-secrecy.ts'
import { createSearchService } from './search.service.ts'
import { createSearchSubscribers } from './search.subscribers.ts'
import { createSimilarService } from './similar/similar.service.ts'
import { createSuggestService } from './suggest/suggest.service.ts'
import { postgresWords } from './suggest/word-proposals.ts'
import { createViewsService } from './views/views.service.ts'

type SearchModuleDeps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly outbox: Outbox; readonly clock: Clock; readonly embedder: Embedder | null; readonly log: Log
  readonly secretKey: Buffer
  readonly formerEmbedders?: readonly Embedder[] | undefined
  readonly answers?: AnswerModel | null
  /** Absent: Postgres alone proposes passages. */
  readonly meilisearch?: Config['meilisearch']
  /** Told of each query by words how asking Meilisearch went. */
  readonly onProposal?: (outcome: ProposalOutcome) => void
}

/**
 * Search by word and meaning over passages. `passageIndex` is the port that documents writes through; `fold` is for the worker's periodic
 * call. `embedder` null (the model could not be loaded): words only, and every answer that wanted meaning says `degraded`.
 * `formerEmbedders`: models whose vectors serve until the present one has its own. `answers` absent or null: questions are answered by sentences of documents.
 */
export function createSearchModule(deps: SearchModuleDeps) {
  const { runInTx, runAsSystem, embedder, log } = deps
  const { fold, foldSoon } = createFold({ runAsSystem, log })
  const models = createModels({ runInTx, current: embedder, former: deps.formerEmbedders ?? [] })
  const indexer = createPassageIndexer({ runInTx, models, folded: foldSoon })
  const server = serverOf(deps)
  const legs = createLegs({ runInTx, models, log, candidates: server === null ? postgresCandidates : createMeilisearchCandidates(server) })
  const service = createSearchService({
    runInTx, legs, secrecy: createSearchSecrecy(deps.secretKey), countFacets: createFacets({ runInTx, log }),
  })
  const asking = createAskingService({ search: service, model: deps.answers ?? null, embedder, log })
  const suggestions = createSuggestService({ runInTx, log, proposals: server === null ? postgresWords : createMeilisearchWords(server) })
  const similar = createSimilarService({ runInTx, legs, models, log })
  const queries = createQueriesService(deps)
  const views = createViewsService(deps)
  const keywordIndex = indexWriterOf(deps)
  const reindexing = createReindexingService({ ...deps, models, fold, keywordIndex })
  return {
    name: 'search' as const,
    routers: { search: createSearchRouter({ query: service.query, ...asking, ...suggestions, ...similar, opened: queries.opened }, { views, reindexing }) },
    subscribers: createSearchSubscribers(indexer, queries),
    passageIndex: indexer,
    query: service.query,
    asking,
    suggest: suggestions.suggest,
    similar: similar.similar,
    views,
    /** What becomes of queries once they are answered. */
    queries,
    /** What follows when another model is configured. */
    reembedding: createReembeddingService({ runInTx, runAsSystem, models, log }),
    /** What compares and heals all that search answers from. */
    reindexing,
    fold,
    /** The worker's, of the index that Meilisearch searches; null where there is none. */
    keywordIndex,
    /** Whether what search answers from is whole: of each kind of fault, `limit` at most of the actor's organization. One short transaction a kind. */
    async indexFaults(actor: Actor, limit: number): Promise<{ kind: IndexFault; subject: string }[]> {
      const found: { kind: IndexFault; subject: string }[] = []
      for (const [kind, check] of indexChecks) {
        for (const { subject } of await runInTx(actor, (tx) => check(tx, limit), { readOnly: true })) found.push({ kind, subject })
      }
      return found
    },
  }
}

const indexWriterOf = ({ meilisearch, ...deps }: SearchModuleDeps) => (meilisearch === undefined ? null : createIndexWriter({
  ...deps, index: PASSAGES_INDEX, connect: (meanwhile) => createIndexClient({ url: meilisearch.url, key: meilisearch.writerKey }, meanwhile),
}))

/** What is asked of Meilisearch: one breaker for all of it, because it is one server. */
const serverOf = ({ meilisearch, clock, log, onProposal }: SearchModuleDeps): ServerDeps | null => (meilisearch === undefined ? null
  : { client: createSearchClient(meilisearch, PASSAGES_INDEX), breaker: createCircuitBreaker({ clock }), log, onOutcome: onProposal })

export type SearchModule = ReturnType<typeof createSearchModule>
