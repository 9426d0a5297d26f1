import { newId, systemActor } from '@intellidocs/kernel'
import type { Claimed } from '../deliveries.repository.ts'
import { hears } from '../webhooks.policy.ts'
import type { WebhooksDeps } from '../webhooks.deps.ts'
import type { Rest, WebhookRef } from '../webhooks.types.ts'
import { ownerActor, pauseOwnedBy } from './pause-endpoint.ts'
import { sendDelivery } from './send-delivery.ts'

/** Whose places are those that all share. */
const ALL = ''
/** Sent at once to one endpoint, each in a lane of its own. */
const LANES = 4
/** After this long nothing more is taken up; the next round goes on. */
const ROUND_MS = 20_000
/** Nobody else takes a delivery up for so long: the time of one request and of writing down what came of it. */
const LEASE_MS = 30_000
/** What is due and cannot be taken waits for another process, or for the relay: half as long again as it has waited, from the one to the other. */
const [HELD_MS, LONGEST_HELD_MS] = [500, 15_000]
/** As many endpoints that fail or are slow as may be tried at once are being tried, or as many of the organization. */
const BUSY_MS = 1_000

/** While webhooks are switched off it waits, and is looked at so often. */
const OFF_MS = 60_000

/** How the round is going; `moved`: what was sent or is for nobody; `over`: nothing may be sent, until somebody says otherwise. A failure ends the taking up, so that an endpoint that takes nothing costs one round of four requests. */
type Round = { readonly signal: AbortSignal; readonly endsAt: number; moved: number; failed: boolean; over: boolean }

/** Sends what is due to an endpoint, for a while, and answers when to look again. An endpoint that is paused or gone is over. */
export async function deliverDue(deps: WebhooksDeps, ref: WebhookRef, signal: AbortSignal): Promise<Rest> {
  if (!await deps.switches.isOn('webhooks', ref.orgId)) return { nextInMs: OFF_MS }
  const now = deps.clock.now()
  const endpoint = await deps.runInTx(systemActor(ref.orgId, newId()), (tx) => deps.endpoints.wake(tx, { orgId: ref.orgId, id: ref.endpointId }))
  if (endpoint === null) return { nextInMs: null }
  const round: Round = { signal, endsAt: now.getTime() + ROUND_MS, moved: 0, failed: false, over: false }
  if (endpoint.restUntil !== null && endpoint.restUntil > now) return rest(deps, ref, round)
  const leave = enter(deps, ref, { isSuspect: endpoint.failures > 0 || deps.slow.has(ref.endpointId) })
  if (leave === null) return { nextInMs: BUSY_MS }
  try {
    await sendInLanes(deps, ref, round)
  } finally {
    leave()
  }
  return rest(deps, ref, round)
}

/** Takes the places that it needs, and answers how to leave them; null where one of them is not free. */
function enter({ places, suspects }: WebhooksDeps, { orgId }: WebhookRef, { isSuspect }: { isSuspect: boolean }): (() => void) | null {
  if (!places.enter(orgId)) return null
  if (!isSuspect) return () => { places.leave(orgId) }
  if (suspects.enter(ALL)) {
    return () => {
      suspects.leave(ALL)
      places.leave(orgId)
    }
  }
  places.leave(orgId)
  return null
}

async function sendInLanes(deps: WebhooksDeps, ref: WebhookRef, round: Round): Promise<void> {
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, () => lane(deps, ref, round)))
  const broken = lanes.find((one) => one.status === 'rejected')
  if (broken !== undefined) throw broken.reason
}

async function lane(deps: WebhooksDeps, ref: WebhookRef, round: Round): Promise<void> {
  while (!round.over && !round.failed && !round.signal.aborted && deps.clock.now().getTime() < round.endsAt) {
    const claimed = await claimNext(deps, ref)
    if (claimed === 'over') round.over = true
    if (claimed === 'over' || claimed === null) return
    round.moved += 1
    if (claimed === 'unheard') continue
    if (!await sendDelivery(deps, { ...ref, claimed, signal: round.signal })) round.failed = true
  }
}

/**
 * Null: nothing is due. `unheard`: it is for nobody, as the owner may not hear of it now, and is forgotten. `over`: nothing is sent to this endpoint.
 * Asked for each delivery anew, so that what the owner may read is what they may read when it leaves.
 */
async function claimNext(deps: WebhooksDeps, ref: WebhookRef): Promise<Claimed | 'unheard' | 'over' | null> {
  const { orgId, endpointId: id } = ref
  const system = systemActor(orgId, newId())
  const endpoint = await deps.runInTx(system, (tx) => deps.endpoints.find(tx, { orgId, id }), { readOnly: true })
  if (endpoint?.state !== 'active') return 'over'
  const owner = await ownerActor(deps, { orgId, userId: endpoint.ownerId })
  if (owner === null) {
    await pauseOwnedBy(deps, { orgId, userId: endpoint.ownerId })
    return 'over'
  }
  return deps.runInTx(system, async (tx) => {
    const now = deps.clock.now()
    const claimed = await deps.deliveries.claim(tx, ref, { owner, now, until: new Date(now.getTime() + LEASE_MS) })
    if (claimed === null) return null
    if (hears(owner, claimed)) return claimed
    await deps.deliveries.forget(tx, orgId, { ...claimed, now })
    return 'unheard'
  })
}

/** Looks once more, with the endpoint held: what is noted after that finds it asleep and wakes it. */
function rest(deps: WebhooksDeps, { orgId, endpointId }: WebhookRef, round: Round): Promise<Rest> {
  return deps.runInTx(systemActor(orgId, newId()), async (tx) => {
    const endpoint = await deps.endpoints.lock(tx, { orgId, id: endpointId })
    const due = endpoint?.state === 'active' && !round.over ? await deps.deliveries.nextDue(tx, { orgId, endpointId }) : null
    const inMs = due === null ? null : waitFor(round, { due, restUntil: endpoint?.restUntil ?? null, now: deps.clock.now() })
    if (inMs !== 0) await deps.endpoints.sleep(tx, { orgId, id: endpointId })
    return { nextInMs: inMs }
  })
}

function waitFor({ moved }: Round, { due, restUntil, now }: { due: Date; restUntil: Date | null; now: Date }): number {
  const at = Math.max(due.getTime(), restUntil?.getTime() ?? 0)
  if (moved > 0) return Math.max(at - now.getTime(), 0)
  return Math.max(at - now.getTime(), HELD_MS, Math.min((now.getTime() - at) / 2, LONGEST_HELD_MS))
}
