export { createProcessingActivities, type ActivityDeps } from './activities.ts'
export type { ProcessingActivities } from './activities.types.ts'
export { createProcessingGateway, searchAttributeNames } from './gateway.ts'
