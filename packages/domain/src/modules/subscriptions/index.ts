export { createSubscriptionsModule } from './subscriptions.module.ts'
