export type { ProposalOutcome } from './meilisearch/candidates.ts'
export { isReembeddingSummary } from './temporal/summaries.ts'
export { createSearchModule, type SearchModule } from './search.module.ts'
