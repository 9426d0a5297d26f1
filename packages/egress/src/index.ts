export { createEgress, type Egress, type EgressAnswer, type EgressOptions, type EgressRequest } from './egress.ts'
export { EgressError, type EgressReason } from './egress-error.ts'
