export { createWebhookActivities } from './activities.ts'
export { createWebhookGateway } from './gateway.ts'
export { isWebhookSummary } from './summaries.ts'
export { NOTIFY_QUEUE, webhookRunId, type WebhookActivities, type WebhookGateway, type WebhookRef } from '../webhooks.types.ts'
