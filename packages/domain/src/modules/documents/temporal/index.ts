export { createProcessingActivities, type ActivityDeps } from './activities.ts'
export type { ProcessingActivities } from './activities.types.ts'
export { createProcessingGateway, searchAttributeNames } from './gateway.ts'
export { processingRunId, taskQueues, type ProcessingGateway, type ProcessingRef } from '../processing.types.ts'
