import type { Page, WebhookDelivery, WebhookDeliveryId, WebhookEndpointId } from '@intellidocs/contracts'
import { AppError, positionedPage, windowOf, type Actor, type PageInput } from '@intellidocs/kernel'
import type { StoredDelivery } from './deliveries.repository.ts'
import { bodyOf } from './use-cases/send-delivery.ts'
import type { WebhooksDeps } from './webhooks.deps.ts'
import { hears } from './webhooks.policy.ts'

type ListInput = PageInput & { endpointId: WebhookEndpointId; state?: WebhookDelivery['state'] | undefined }

/** What was sent, and what came of it. What was said, and answered, is shown to those who may hear of the event. */
export type DeliveriesService = {
  /** `webhook.not_found` for an endpoint of nobody or of another organization. */
  list(actor: Actor, input: ListInput): Promise<Page<WebhookDelivery>>
  /** `delivery.not_found` also for what is older than 30 days, `webhook.paused` where nothing would be sent. */
  redeliver(actor: Actor, input: { id: WebhookDeliveryId }): Promise<WebhookDelivery>
}

function show(actor: Actor, row: StoredDelivery): WebhookDelivery {
  const { id, endpointId, type, state, tries, nextAt, createdAt, endedAt, attempts, response } = row
  const shown = hears(actor, row)
  return {
    id, endpointId, type, state, tries, attempts, nextAt: state === 'pending' ? nextAt.toISOString() : null, createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null, request: shown ? bodyOf(row, actor.orgId) : null, response: shown ? response : null,
  }
}

async function redeliver(deps: WebhooksDeps, actor: Actor, id: WebhookDeliveryId): Promise<WebhookDelivery> {
  const { orgId } = actor
  return deps.runInTx(actor, async (tx) => {
    const found = await deps.deliveries.find(tx, orgId, { id, reader: actor })
    if (found === null) throw new AppError('delivery.not_found')
    const { endpointId } = found
    // In the order in which whoever sends takes the two.
    const endpoint = await deps.endpoints.lock(tx, { orgId, id: endpointId })
    if (endpoint === null) throw new AppError('delivery.not_found')
    if (endpoint.state === 'paused') throw new AppError('webhook.paused')
    await deps.deliveries.again(tx, orgId, { id, now: deps.clock.now() })
    await deps.endpoints.endRest(tx, { orgId, id: endpointId })
    await deps.outbox.append(tx, actor, {
      type: 'webhooks.redelivery-asked.v1', payload: { endpointId, deliveryId: id },
      audit: { subjectType: 'webhookDelivery', subjectId: id, data: { endpointId, before: { state: found.state }, after: { state: 'pending' } } },
    })
    const again = await deps.deliveries.find(tx, orgId, { id, reader: actor })
    if (again === null) throw new AppError('delivery.not_found')
    return show(actor, again)
  })
}

export function createDeliveriesService(deps: WebhooksDeps): DeliveriesService {
  return {
    async list(actor, { endpointId, state = null, ...input }) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, async (tx) => {
        if (await deps.endpoints.find(tx, { orgId: actor.orgId, id: endpointId }) === null) throw new AppError('webhook.not_found')
        return deps.deliveries.list(tx, { orgId: actor.orgId, endpointId, state, reader: actor }, page)
      }, { readOnly: true })
      return positionedPage(rows, page.limit, (row) => show(actor, row))
    },
    redeliver: (actor, { id }) => redeliver(deps, actor, id),
  }
}
