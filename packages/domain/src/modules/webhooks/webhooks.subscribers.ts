import { webhookEventTypes, webhookTestType, type EventType, type OrgId, type WebhookEndpointId } from '@intellidocs/contracts'
import { createBatcher, newId, subscriber, systemActor, type Subscriber } from '@intellidocs/kernel'
import { pauseOwnedBy } from './use-cases/pause-endpoint.ts'
import { createWaker, type Waker } from './use-cases/wake-sleeping.ts'
import type { WebhooksDeps } from './webhooks.deps.ts'

/** Every process lists these, so that deliveries are written for them; only the worker, which has a gateway, is handed any. */
export function createWebhooksSubscribers(deps: WebhooksDeps): Subscriber[] {
  const wake = createWaker(deps)
  return [noteEvent(deps, wake), followEndpoint(deps, wake), pauseOfFormer(deps)]
}

/**
 * Notes a delivery for each endpoint that hears of the event, and wakes those that sleep. The name stands in a condition and an index of the
 * database: what this has not been handed yet keeps what came after it on its lane waiting.
 */
function noteEvent(deps: WebhooksDeps, wake: Waker): Subscriber {
  // What comes while others are noted is noted together: each event pays a round trip to find out that nobody hears of it, or a transaction.
  const noted = createBatcher<Heard>((batch) =>
    Promise.all([...Map.groupBy(batch, (event) => event.orgId)].map(([orgId, events]) => noteAll(deps, wake, { orgId, events }))))
  return subscriber({ name: 'webhooks.note', events: webhookEventTypes, handle: ({ id, orgId, type }) => noted.add({ id, orgId, type }) })
}

type Heard = { readonly id: bigint; readonly orgId: OrgId; readonly type: EventType }

async function noteAll(deps: WebhooksDeps, wake: Waker, { orgId, events }: { orgId: OrgId; events: readonly Heard[] }): Promise<void> {
  const actor = systemActor(orgId, newId())
  if (!await deps.deliveries.isHeard(deps.read, actor)) return
  const now = deps.clock.now()
  const asleep = await deps.runInTx(actor, async (tx) => {
    const sleeping = new Set<WebhookEndpointId>()
    for (const [type, ofType] of Map.groupBy(events, (event) => event.type)) {
      const audience = await deps.deliveries.audience(tx, orgId, { type, now })
      for (const endpoint of audience) if (endpoint.asleep) sleeping.add(endpoint.id)
      const endpoints = audience.map(({ id }) => id)
      if (endpoints.length > 0) for (const { id: eventId } of ofType) await deps.deliveries.note(tx, orgId, { eventId, endpoints, now })
    }
    return sleeping
  })
  await wake([...asleep].map((endpointId) => ({ orgId, endpointId })))
}

/** What somebody asks for by hand. */
const followEndpoint = (deps: WebhooksDeps, wake: Waker): Subscriber => subscriber({
  name: 'webhooks.follow-endpoint',
  events: ['webhooks.endpoint-updated.v1', webhookTestType, 'webhooks.redelivery-asked.v1'],
  handle: async ({ id: eventId, orgId, type, payload }) => {
    const ref = { orgId, endpointId: payload.endpointId }
    if (type === webhookTestType) await noteTest(deps, ref, { id: payload.deliveryId, eventId })
    await wake([ref])
  },
})

function noteTest(deps: WebhooksDeps, ref: { orgId: OrgId; endpointId: WebhookEndpointId }, test: { id: string; eventId: bigint }): Promise<void> {
  return deps.runInTx(systemActor(ref.orgId, newId()), (tx) => deps.deliveries.noteTest(tx, ref, { ...test, now: deps.clock.now() }))
}

/** Whoever an endpoint hears as may have left, or may not own it any more. Each delivery asks that as well; this tells before the next one is due. */
const pauseOfFormer = (deps: WebhooksDeps): Subscriber => subscriber({
  name: 'webhooks.pause-of-former',
  events: ['orgs.member-removed.v1', 'orgs.member-suspended.v1', 'orgs.member-role-set.v1', 'users.deleted.v1'],
  handle: async (event) => {
    const { userId } = event.payload
    for (const orgId of event.type === 'users.deleted.v1' ? event.payload.orgs : [event.orgId]) await pauseOwnedBy(deps, { orgId, userId })
  },
})
