export { FencedError, type PassageBatch, type PassageIndex, type PassageStage } from './passage-index.ts'
export { processingRunId, taskQueues, type ProcessingGateway, type ProcessingLabel, type ProcessingRef, type RunStatus } from './processing.types.ts'
export type { AcceptInput, DocumentContent } from './documents.types.ts'
