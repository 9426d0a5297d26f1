export { createCheckActivities } from './activities.ts'
export type { CheckActivities } from './activities.types.ts'
export { createChecksGateway } from './gateway.ts'
export type { ChecksGateway } from '../checks/checks.service.ts'
