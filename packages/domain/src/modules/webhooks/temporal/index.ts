export { createWebhookActivities } from './activities.ts'
export { createWebhookGateway } from './gateway.ts'
export { NOTIFY_QUEUE, webhookRunId, type WebhookActivities, type WebhookGateway, type WebhookRef } from '../webhooks.types.ts'
