export { createReembeddingActivities } from './activities.ts'
export type { ReembeddingActivities } from './activities.types.ts'
export { createReembeddingGateway } from './gateway.ts'
export type { ReembeddingGateway } from '../models/reembedding.service.ts'
