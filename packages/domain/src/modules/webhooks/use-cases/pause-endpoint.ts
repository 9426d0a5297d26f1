import type { OrgId, PauseReason, UserId, WebhookEndpointId } from '@intellidocs/contracts'
import { newId, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import { mayOwn } from '../webhooks.policy.ts'
import type { WebhooksDeps } from '../webhooks.deps.ts'

type Paused = { readonly endpointId: WebhookEndpointId; readonly why: Exclude<PauseReason, 'asked'> }

/** Stops sending, once; what waits goes on waiting. False when it was not active. */
export async function pauseEndpoint(deps: WebhooksDeps, tx: Tx, { actor, endpointId, why }: Paused & { actor: Actor }): Promise<boolean> {
  const paused = await deps.endpoints.pause(tx, { orgId: actor.orgId, id: endpointId }, why)
  if (paused === null) return false
  await deps.outbox.append(tx, actor, {
    type: 'webhooks.endpoint-paused.v1', payload: { endpointId, ownerId: paused.ownerId, why },
    audit: { subjectType: 'webhookEndpoint', subjectId: endpointId, data: { before: { state: 'active' }, after: { state: 'paused', pausedWhy: why } } },
  })
  return true
}

/** The owner as they are now; null for one who may not own an endpoint any more. */
export async function ownerActor(deps: WebhooksDeps, of: { orgId: OrgId; userId: UserId }): Promise<Actor | null> {
  const actor = await deps.memberActor(of)
  return actor !== null && mayOwn(actor) ? actor : null
}

/**
 * Pauses what somebody owns who may not own it any more: nothing is said to an address on their behalf. In an organization that is being deleted everybody
 * is shut out for a while, which says nothing of them.
 */
export async function pauseOwnedBy(deps: WebhooksDeps, { orgId, userId }: { orgId: OrgId; userId: UserId }): Promise<void> {
  if (await ownerActor(deps, { orgId, userId }) !== null) return
  const actor = systemActor(orgId, newId())
  await deps.runInTx(actor, async (tx) => {
    if (!await deps.endpoints.orgIsActive(tx, orgId)) return
    for (const endpointId of await deps.endpoints.ownedBy(tx, { orgId, userId })) await pauseEndpoint(deps, tx, { actor, endpointId, why: 'owner' })
  })
}
