import type { OrgId, WebhookDeliveryId, WebhookEndpointId } from '@intellidocs/contracts'
import { AppError, newId, recordAudit, systemActor } from '@intellidocs/kernel'
import type { DeliveriesService } from '../deliveries.service.ts'
import type { WebhooksDeps } from '../webhooks.deps.ts'

type OfDelivery = { readonly orgId: OrgId; readonly deliveryId: WebhookDeliveryId }

const gone = new Set(['delivery.not_found', 'webhook.paused'])

/** What administrators of the installation do to one webhook, as the product, in its organization. Each answers whether it did. */
export function administerWebhooks(deps: WebhooksDeps, deliveries: Pick<DeliveriesService, 'redeliver'>) {
  return {
    /** Sends to an endpoint again that the product paused. What people paused, and whom nobody is heard for any more, stays as it is. */
    resume({ orgId, endpointId: id }: { orgId: OrgId; endpointId: WebhookEndpointId }): Promise<boolean> {
      const actor = systemActor(orgId, newId())
      return deps.runInTx(actor, async (tx) => {
        const before = await deps.endpoints.lock(tx, { orgId, id })
        if (before?.state !== 'paused' || (before.pausedWhy !== 'failing' && before.pausedWhy !== 'gone')) return false
        const { ownerId, url, description, events } = before
        await deps.endpoints.change(tx, { orgId, id }, { ownerId, url, description, events, state: 'active', anew: true })
        await deps.deliveries.beginAnew(tx, { orgId, endpointId: id }, deps.clock.now())
        await deps.outbox.append(tx, actor, {
          type: 'webhooks.endpoint-updated.v1', payload: { endpointId: id, changed: ['state'] },
          audit: { subjectType: 'webhookEndpoint', subjectId: id, data: { before: { state: 'paused', pausedWhy: before.pausedWhy }, after: { state: 'active' } } },
        })
        return true
      })
    },
    async release({ orgId, deliveryId: id }: OfDelivery): Promise<boolean> {
      try {
        await deliveries.redeliver(systemActor(orgId, newId()), { id })
        return true
      } catch (error) {
        if (error instanceof AppError && gone.has(error.code)) return false
        throw error
      }
    },
    /** Of what was given up, and is not sent again meanwhile. */
    drop({ orgId, deliveryId: id }: OfDelivery): Promise<boolean> {
      const actor = systemActor(orgId, newId())
      return deps.runInTx(actor, async (tx) => {
        if (!await deps.deliveries.drop(tx, orgId, id)) return false
        await recordAudit(tx, actor, { action: 'admin.webhooks-dropped', subjectType: 'webhookDelivery', subjectId: id, data: {} })
        return true
      })
    },
  } as const
}
