import { Context } from '@temporalio/activity'
import type { WebhookActivities } from '../webhooks.types.ts'
import type { WebhooksModule } from '../webhooks.module.ts'

const HEARTBEAT_MS = 1_000

export function createWebhookActivities(webhooks: Pick<WebhooksModule, 'deliverDue'>): WebhookActivities {
  return {
    async deliverDue(ref) {
      const context = Context.current()
      const beat = setInterval(() => { context.heartbeat() }, HEARTBEAT_MS)
      try {
        return await webhooks.deliverDue(ref, context.cancellationSignal)
      } finally {
        clearInterval(beat)
      }
    },
  }
}
