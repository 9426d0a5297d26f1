export { createWebhooksModule } from './webhooks.module.ts'
export type { WebhookGateway } from './webhooks.types.ts'
