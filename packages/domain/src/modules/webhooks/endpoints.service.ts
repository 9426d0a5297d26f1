import { webhookTestType, type Page, type WebhookDeliveryId, type WebhookEndpoint, type WebhookEndpointId, type WebhookEventType } from '@intellidocs/contracts'
import { AppError, newId, positionedPage, windowOf, type Actor, type NewEvent, type PageInput, type Tx } from '@intellidocs/kernel'
import type { Settings, StoredEndpoint } from './endpoints.repository.ts'
import { newSecret, sealSecret } from './signing.ts'
import { ownerActor } from './use-cases/pause-endpoint.ts'
import type { WebhooksDeps } from './webhooks.deps.ts'
import { mayPoint } from './webhooks.policy.ts'

type One = { id: WebhookEndpointId }
type WithSecret = { endpoint: WebhookEndpoint; secret: string }
type Changes = One & { [K in 'url' | 'description' | 'events' | 'state']?: Settings[K] | undefined }

/**
 * Endpoints of the actor's organization; `webhook.not_found` for all that are not. Addresses, filters and secrets are set in person
 * (`auth.session_required`), to public http(s) addresses (`webhook.address`).
 */
export type EndpointsService = {
  /** `webhook.limit` for the 51st, `quota.exceeded` for one more than the plan has. The secret is never readable again. */
  create(actor: Actor, input: { url: string; description: string; events: WebhookEventType[] | null }): Promise<WithSecret>
  list(actor: Actor, input: PageInput): Promise<Page<WebhookEndpoint>>
  update(actor: Actor, input: Changes): Promise<WebhookEndpoint>
  remove(actor: Actor, input: One): Promise<One & { deleted: true }>
  rotateSecret(actor: Actor, input: One): Promise<WithSecret>
  /** `webhook.paused` for one that is: nothing would be sent. */
  test(actor: Actor, input: One): Promise<{ deliveryId: WebhookDeliveryId }>
}

const MOST = 50
const OVERLAP_MS = 24 * 3_600_000

const iso = (at: Date | null): string | null => at?.toISOString() ?? null
function show({ id, ownerId, url, description, events, state, pausedWhy, pausedAt, failingSince, oldSecretUntil, createdAt }: StoredEndpoint): WebhookEndpoint {
  return {
    id, ownerId, url, description, events, state, pausedWhy, pausedAt: iso(pausedAt), failingSince: iso(failingSince), oldSecretUntil: iso(oldSecretUntil),
    createdAt: createdAt.toISOString(),
  }
}

/** What the audit keeps: of an address its origin alone, since the rest of it often is a secret. */
const audited = ({ ownerId, url, events, state }: Settings): Record<string, unknown> => ({ ownerId, origin: new URL(url).origin, events, state })
const audit = (id: WebhookEndpointId, data: Record<string, unknown>) => ({ subjectType: 'webhookEndpoint', subjectId: id, data })

function inPerson(actor: Actor): void {
  if (!mayPoint(actor)) throw new AppError('auth.session_required')
}
function mustBePublic({ egress }: WebhooksDeps, url: string): void {
  if (!egress.mayTry(url)) throw new AppError('webhook.address')
}
async function lock({ endpoints }: WebhooksDeps, tx: Tx, { actor, id }: { actor: Actor; id: WebhookEndpointId }): Promise<StoredEndpoint> {
  const endpoint = await endpoints.lock(tx, { orgId: actor.orgId, id })
  if (endpoint === null) throw new AppError('webhook.not_found')
  return endpoint
}
function there(endpoint: StoredEndpoint | null): StoredEndpoint {
  if (endpoint === null) throw new AppError('webhook.not_found')
  return endpoint
}

async function create(deps: WebhooksDeps, actor: Actor, { url, description, events }: { url: string; description: string; events: WebhookEventType[] | null }): Promise<WithSecret> {
  inPerson(actor)
  mustBePublic(deps, url)
  const secret = newSecret()
  const { orgId, userId: ownerId } = actor
  return deps.runInTx(actor, async (tx) => {
    if (await deps.endpoints.countLocked(tx, orgId) >= MOST) throw new AppError('webhook.limit')
    const endpoint = await deps.endpoints.insert(tx, orgId, {
      id: newId() as WebhookEndpointId, ownerId, url, description, events, secret: sealSecret(deps.secretKey, secret),
    })
    await deps.quota.hold(tx, actor, 'webhooks')
    await deps.outbox.append(tx, actor, {
      type: 'webhooks.endpoint-created.v1', payload: { endpointId: endpoint.id }, audit: audit(endpoint.id, { before: null, after: audited(endpoint) }),
    })
    return { endpoint: show(endpoint), secret }
  })
}

/** Whoever points it elsewhere hears as themselves from then on; whoever resumes it does where its owner may not own it any more. */
async function ownerAfter(deps: WebhooksDeps, actor: Actor, { before, after }: { before: StoredEndpoint; after: Changes }): Promise<StoredEndpoint['ownerId']> {
  if (after.url !== undefined && after.url !== before.url) return actor.userId
  if (after.state !== 'active' || before.state === 'active') return before.ownerId
  return await ownerActor(deps, { orgId: actor.orgId, userId: before.ownerId }) === null ? actor.userId : before.ownerId
}

async function update(deps: WebhooksDeps, actor: Actor, changes: Changes): Promise<WebhookEndpoint> {
  inPerson(actor)
  const key = { orgId: actor.orgId, id: changes.id }
  if (changes.url !== undefined) mustBePublic(deps, changes.url)
  // Another unit, which must not wait inside of this one; what it says is held against the row once that is locked.
  const seen = there(await deps.runInTx(actor, (tx) => deps.endpoints.find(tx, key), { readOnly: true }))
  const ownerId = await ownerAfter(deps, actor, { before: seen, after: changes })
  return deps.runInTx(actor, async (tx) => {
    const before = await lock(deps, tx, { actor, id: changes.id })
    const { url = before.url, description = before.description, events = before.events, state = before.state } = changes
    const after: Settings = { url, description, events, state, ownerId: before.ownerId === seen.ownerId ? ownerId : actor.userId }
    const changed = (['url', 'description', 'events', 'state', 'ownerId'] as const).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    if (changed.length === 0) return show(before)
    const anew = after.url !== before.url || (before.state === 'paused' && after.state === 'active')
    const endpoint = there(await deps.endpoints.change(tx, key, { ...after, anew }))
    if (anew) await deps.deliveries.beginAnew(tx, { orgId: actor.orgId, endpointId: before.id }, deps.clock.now())
    await deps.outbox.append(tx, actor, {
      type: 'webhooks.endpoint-updated.v1', payload: { endpointId: before.id, changed: [...changed] },
      audit: audit(before.id, { before: audited(before), after: audited(after) }),
    })
    return show(endpoint)
  })
}

async function rotateSecret(deps: WebhooksDeps, actor: Actor, { id }: One): Promise<WithSecret> {
  inPerson(actor)
  const secret = newSecret()
  const until = new Date(deps.clock.now().getTime() + OVERLAP_MS)
  return deps.runInTx(actor, async (tx) => {
    const endpoint = there(await deps.endpoints.rotate(tx, { orgId: actor.orgId, id }, { secret: sealSecret(deps.secretKey, secret), until }))
    await deps.outbox.append(tx, actor, {
      type: 'webhooks.secret-rotated.v1', payload: { endpointId: id }, audit: audit(id, { oldSecretUntil: until.toISOString() }),
    })
    return { endpoint: show(endpoint), secret }
  })
}

function test(deps: WebhooksDeps, actor: Actor, { id }: One): Promise<{ deliveryId: WebhookDeliveryId }> {
  const deliveryId = newId() as WebhookDeliveryId
  const event: NewEvent = { type: webhookTestType, payload: { endpointId: id, deliveryId }, audit: audit(id, { deliveryId }) }
  return deps.runInTx(actor, async (tx) => {
    const { state } = await lock(deps, tx, { actor, id })
    if (state === 'paused') throw new AppError('webhook.paused')
    await deps.endpoints.endRest(tx, { orgId: actor.orgId, id })
    await deps.outbox.append(tx, actor, event)
    return { deliveryId }
  })
}

export function createEndpointsService(deps: WebhooksDeps): EndpointsService {
  return {
    create: (actor, input) => create(deps, actor, input),
    async list(actor, input) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, (tx) => deps.endpoints.list(tx, actor.orgId, page), { readOnly: true })
      return positionedPage(rows, page.limit, show)
    },
    update: (actor, input) => update(deps, actor, input),
    remove: (actor, { id }) => deps.runInTx(actor, async (tx) => {
      const before = there(await deps.endpoints.remove(tx, { orgId: actor.orgId, id }))
      await deps.outbox.append(tx, actor, {
        type: 'webhooks.endpoint-deleted.v1', payload: { endpointId: id }, audit: audit(id, { before: audited(before), after: null }),
      })
      return { id, deleted: true as const }
    }),
    rotateSecret: (actor, input) => rotateSecret(deps, actor, input),
    test: (actor, input) => test(deps, actor, input),
  }
}
