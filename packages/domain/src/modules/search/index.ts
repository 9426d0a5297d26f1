export type { ProposalOutcome } from './meilisearch/candidates.ts'
export { isSearchSummary } from './temporal/summaries.ts'
export { createSearchModule, type SearchModule } from './search.module.ts'
