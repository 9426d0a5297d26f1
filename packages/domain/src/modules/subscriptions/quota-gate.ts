import { AppError, type Actor, type QuotaGate, type Tx, type UsageKind, type Use } from '@intellidocs/kernel'
import { countIn, tell, type Asking } from './count-acts.ts'
import type { Place } from './counters.repository.ts'
import { entitledTo } from './entitled.ts'
import { periodOf } from './entitlements.policy.ts'
import { askRoles, exceeded, mustTakeChanges } from './refusals.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'

const DAY_MS = 86_400_000

/** What adds to an organization. Reading what was accepted, and calls that only read, go on. */
const adding: ReadonlySet<UsageKind> = new Set(['documents', 'bytes', 'flowRuns'])

async function consume(deps: SubscriptionsDeps, { tx, actor, at }: Asking, uses: readonly Use[]): Promise<void> {
  const acts = uses.filter(({ amount }) => amount !== 0)
  if (acts.length === 0) return
  const { recorded, subscription } = await deps.counters.record(tx, acts.map((use) => ({ ...use, at })))
  const entitlements = entitledTo(deps, subscription, at)
  if (acts.some(({ kind, amount }) => adding.has(kind) && amount > 0)) mustTakeChanges(entitlements, subscription)
  // In one order for everybody, so that no two wait for each other.
  const kinds = (Object.keys(recorded) as UsageKind[]).toSorted()
  for (const meter of kinds) {
    const [amount, limit] = [recorded[meter] ?? 0, entitlements.limits[meter]]
    if (limit !== null && amount !== 0) await countIn(deps, { tx, actor, at }, { entitlements, meter, limit, amount })
  }
}

async function hold(deps: SubscriptionsDeps, asking: Asking, meter: 'members' | 'webhooks'): Promise<void> {
  const { tx, actor, at } = asking
  const { subscription } = await deps.counters.record(tx, [])
  const entitlements = entitledTo(deps, subscription, at)
  mustTakeChanges(entitlements, subscription)
  const limit = entitlements.limits[meter]
  if (limit === null) return
  const place: Place = { orgId: actor.orgId, meter, period: periodOf(meter, at) }
  const { warned } = await deps.counters.lock(tx, place)
  // Counted by a statement of its own, which sees what was committed while the lock was waited for.
  const used = await deps.counters.standing(tx, actor.orgId, { meter, at })
  if (used > limit.hard) throw exceeded({ entitlements, meter, limit }, { at, used: used - 1 })
  const since = used * 2 <= limit.limit ? 0 : warned
  await deps.counters.keep(tx, place, { used, warned: await tell(deps, asking, { meter, limit, used, warned: since }) })
}

/** Asked by what is metered, in the transaction of the act. */
export function createQuotaGate(deps: SubscriptionsDeps): QuotaGate {
  const asking = (tx: Tx, actor: Actor): Asking => ({ tx, actor, at: deps.clock.now() })
  return {
    consume: (tx, actor, uses) => consume(deps, asking(tx, actor), uses),
    async mayAdd(tx) {
      const { subscription } = await deps.counters.record(tx, [])
      mustTakeChanges(entitledTo(deps, subscription, deps.clock.now()), subscription)
    },
    async giveBack(tx, actor, documentId) {
      const bytes = await deps.counters.storedBy(tx, actor.orgId, documentId)
      if (bytes > 0) await consume(deps, asking(tx, actor), [{ kind: 'bytes', amount: -bytes, key: `bytes-back:${documentId}`, documentId }])
    },
    hold: (tx, actor, kind) => hold(deps, asking(tx, actor), kind),
    async mustHave(tx, _actor, feature) {
      const { subscription } = await deps.counters.record(tx, [])
      const { features, plan } = entitledTo(deps, subscription, deps.clock.now())
      if (!features[feature]) throw new AppError('plan.feature', { details: { feature, plan, askRoles } })
    },
    async auditSince(tx, actor) {
      const at = deps.clock.now()
      const { auditDays } = entitledTo(deps, await deps.subscriptions.find(tx, actor.orgId), at)
      return auditDays === null ? null : new Date(at.getTime() - auditDays * DAY_MS)
    },
  }
}
