export type { ProposalOutcome } from './meilisearch/candidates.ts'
export { createSearchModule, type SearchModule } from './search.module.ts'
