import type { OrgId } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { entitledTo } from './entitled.ts'
import { mustTakeChanges } from './refusals.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'
import type { StoredSubscription } from './subscriptions.repository.ts'

/** What a process remembers of a subscription, at most: so long after a payment everything goes on everywhere. */
const REMEMBERED_MS = 1000
/** Of organizations that change something in the same second; beyond it what is old is thrown away. */
const REMEMBERED = 10_000

type Remembered = { readonly at: number; readonly facts: Promise<StoredSubscription | null> }

/** For what changes an organization without adding to it, where one round trip a second and organization is spent on it. */
export function createEditGate(deps: SubscriptionsDeps): (actor: Actor) => Promise<void> {
  const remembered = new Map<OrgId, Remembered>()

  function look(actor: Actor): Promise<StoredSubscription | null> {
    const now = performance.now()
    const last = remembered.get(actor.orgId)
    if (last !== undefined && now - last.at <= REMEMBERED_MS) return last.facts
    if (remembered.size >= REMEMBERED) remembered.clear()
    const next = { at: now, facts: deps.runInTx(actor, (tx) => deps.subscriptions.find(tx, actor.orgId), { readOnly: true }) }
    remembered.set(actor.orgId, next)
    // A look that failed is not remembered: the next one who asks looks again.
    next.facts.catch(() => { if (remembered.get(actor.orgId) === next) remembered.delete(actor.orgId) })
    return next.facts
  }

  return async (actor) => {
    const facts = await look(actor)
    mustTakeChanges(entitledTo(deps, facts, deps.clock.now()), facts)
  }
}
