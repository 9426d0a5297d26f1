export type { ProposalOutcome } from './meilisearch/ask-server.ts'
export { isSearchSummary } from './temporal/summaries.ts'
export { createSearchModule, type SearchModule } from './search.module.ts'
