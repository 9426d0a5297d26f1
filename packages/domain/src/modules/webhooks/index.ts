export { createWebhooksModule } from './webhooks.module.ts'
export { isWebhookSummary } from './temporal/summaries.ts'
export type { WebhookGateway } from './webhooks.types.ts'
