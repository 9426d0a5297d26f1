import type { OrgId } from '@intellidocs/contracts'
import { createRemembered, type Actor } from '@intellidocs/kernel'
import { entitledTo } from './entitled.ts'
import { mustTakeChanges } from './refusals.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'
import type { StoredSubscription } from './subscriptions.repository.ts'

/** What a process remembers of a subscription, at most: so long after a payment everything goes on everywhere. */
const REMEMBERED_MS = 1000
/** Of organizations that change something in the same second; beyond it what is old is thrown away. */
const REMEMBERED = 10_000

/** For what changes an organization without adding to it, where one round trip a second and organization is spent on it. */
export function createEditGate(deps: SubscriptionsDeps): (actor: Actor) => Promise<void> {
  const remembered = createRemembered<OrgId, StoredSubscription | null>({ ms: REMEMBERED_MS, most: REMEMBERED })
  return async (actor) => {
    const facts = await remembered.get(actor.orgId, () => deps.runInTx(actor, (tx) => deps.subscriptions.find(tx, actor.orgId), { readOnly: true }))
    mustTakeChanges(entitledTo(deps, facts, deps.clock.now()), facts)
  }
}
