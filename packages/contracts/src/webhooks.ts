import { z } from 'zod'
import { eventTypes, type EventType } from './events.ts'
import { documentId, orgId, userId, webhookDeliveryId, webhookEndpointId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'

/**
 * What may leave: facts of documents, of flows, and of who is a member. Not progress, which is only worth something as it happens, and nothing of accounts,
 * keys, invitations, or of what somebody alone is told.
 */
export const webhookEventTypes = [
  'documents.uploaded.v1', 'documents.reprocess-requested.v1', 'documents.ready.v1', 'documents.failed.v1', 'documents.password-needed.v1',
  'documents.cancelled.v1', 'documents.updated.v1', 'documents.moved.v1', 'documents.tags-changed.v1', 'documents.metadata-changed.v1',
  'documents.trashed.v1', 'documents.restored.v1', 'documents.purged.v1', 'documents.grant-set.v1', 'documents.grant-removed.v1',
  'documents.folder-created.v1', 'documents.folder-changed.v1', 'documents.folder-deleted.v1', 'documents.folder-visibility-set.v1',
  'workflows.definition-created.v1', 'workflows.definition-published.v1', 'workflows.definition-archived.v1', 'workflows.run-started.v1',
  'workflows.stage-opened.v1', 'workflows.stage-closed.v1', 'workflows.task-assigned.v1', 'workflows.task-decided.v1', 'workflows.task-closed.v1',
  'workflows.commented.v1', 'workflows.version-wanted.v1', 'workflows.run-ended.v1', 'workflows.hook-asked.v1',
  'orgs.member-joined.v1', 'orgs.member-role-set.v1', 'orgs.member-suspended.v1', 'orgs.member-resumed.v1', 'orgs.member-removed.v1',
  'orgs.ownership-transferred.v1', 'orgs.group-member-added.v1', 'orgs.group-member-removed.v1',
] as const satisfies readonly EventType[]
export type WebhookEventType = (typeof webhookEventTypes)[number]
/** Of the test button; sent whatever the filter says. */
export const webhookTestType = 'webhooks.test-asked.v1' satisfies EventType

/** What is sent, by the Standard Webhooks: `data` is the event as live listeners get it (`LiveEvent`), ids and facts, with its organization. */
export const webhookBody = z.strictObject({
  type: z.enum(eventTypes), timestamp: z.iso.datetime(),
  data: z.strictObject({ id: z.string(), orgId, actorId: userId, documentId: documentId.nullable(), payload: z.record(z.string(), z.unknown()) }),
})
export type WebhookBody = z.infer<typeof webhookBody>

/** `asked`: by somebody. `failing`: nothing was taken for 72 hours. `gone`: the receiver answered 410. `owner`: who it hears as left, or may not any more. */
export const pauseReasons = ['asked', 'failing', 'gone', 'owner'] as const
const pauseReason = z.enum(pauseReasons)
export type PauseReason = z.infer<typeof pauseReason>

/**
 * It hears as its owner reads. `events` null: all that may leave, those of later versions too. `failingSince`: of the first failure since something
 * was taken. `oldSecretUntil`: until then both secrets sign.
 */
export const endpoint = z.strictObject({
  id: webhookEndpointId, ownerId: userId, url: z.string(), description: z.string(), events: z.array(z.enum(webhookEventTypes)).nullable(),
  state: z.enum(['active', 'paused']), pausedWhy: pauseReason.nullable(), pausedAt: z.iso.datetime().nullable(), failingSince: z.iso.datetime().nullable(),
  oldSecretUntil: z.iso.datetime().nullable(), createdAt: z.iso.datetime(),
})
export type WebhookEndpoint = z.infer<typeof endpoint>

const url = z.string().trim().min(1).max(2_048)
const description = z.string().trim().max(200)
const events = z.array(z.enum(webhookEventTypes)).min(1).max(webhookEventTypes.length).nullable()
const one = z.strictObject({ id: webhookEndpointId })

/** `secret` (`whsec_…`) is shown this once. Whoever makes an endpoint owns it. */
export const createEndpoint = {
  input: z.strictObject({ url, description: description.default(''), events: events.default(null) }),
  output: z.strictObject({ endpoint, secret: z.string() }),
}
export const listEndpoints = { input: z.strictObject({ ...pageInput }), output: pageOf(endpoint) }
/** What is absent stays. Whoever changes the address, or resumes an endpoint whose owner may not own it any more, owns it from then on. */
export const updateEndpoint = {
  input: z.strictObject({
    id: webhookEndpointId, url: url.optional(), description: description.optional(), events: events.optional(), state: z.enum(['active', 'paused']).optional(),
  }),
  output: endpoint,
}
/** With its log and what waits. */
export const deleteEndpoint = { input: one, output: z.strictObject({ id: webhookEndpointId, deleted: z.literal(true) }) }
/** The secret before goes on signing beside the new one for 24 hours; the one before that ends at once. */
export const rotateSecret = { input: one, output: z.strictObject({ endpoint, secret: z.string() }) }
/** Sends an event of its own; the delivery is in the log soon. `webhook.paused` for an endpoint that is. */
export const testEndpoint = { input: one, output: z.strictObject({ deliveryId: webhookDeliveryId }) }

export const deliveryStates = ['pending', 'delivered', 'dead'] as const
/**
 * One try. `status`: what the receiver answered; null when nothing came, and then `error` says why. `secret`: nothing was sent, as the secret is sealed
 * with a key of the server that is gone; a new one mends that.
 */
const attempt = z.strictObject({
  at: z.iso.datetime(), ms: z.int(), status: z.int().nullable(),
  error: z.enum(['scheme', 'address', 'resolve', 'timeout', 'tls', 'connection', 'cancelled', 'secret']).nullable(),
})
export type WebhookAttempt = z.infer<typeof attempt>

/**
 * `attempts`: the last 20. `request` and `response` (the last one's first 4 KB) are null for somebody who may not hear of the event. The id of a
 * delivery is its `webhook-id`, whichever the try.
 */
export const delivery = z.strictObject({
  id: webhookDeliveryId, endpointId: webhookEndpointId, type: z.enum(eventTypes), state: z.enum(deliveryStates), tries: z.int(),
  nextAt: z.iso.datetime().nullable(), createdAt: z.iso.datetime(), endedAt: z.iso.datetime().nullable(), attempts: z.array(attempt),
  request: z.string().nullable(), response: z.string().nullable(),
})
export type WebhookDelivery = z.infer<typeof delivery>

/** Newest first. */
export const listDeliveries = {
  input: z.strictObject({ endpointId: webhookEndpointId, state: z.enum(deliveryStates).optional(), ...pageInput, limit: z.int().min(1).max(50).default(20) }),
  output: pageOf(delivery),
}
/** Sends it again under its id, whatever became of it; what waits is sent now. `webhook.paused` where its endpoint is. */
export const redeliver = { input: z.strictObject({ id: webhookDeliveryId }), output: delivery }
