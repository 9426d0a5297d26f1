export type { PaymentService } from './billing/billing.types.ts'
export { createStripeService } from './billing/stripe-service.ts'
export { createSubscriptionsModule } from './subscriptions.module.ts'
export { isUsageSummary } from './temporal/summaries.ts'
