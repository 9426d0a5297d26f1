export { createSubscriptionsModule, type SubscriptionsDeps } from './subscriptions.module.ts'
