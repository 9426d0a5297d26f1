import { roles, rolePermissions, type Meter, type QuotaRefusal } from '@intellidocs/contracts'
import { AppError, type Actor, type QuotaGate, type Tx, type UsageKind, type Use } from '@intellidocs/kernel'
import type { Counted, Place } from './counters.repository.ts'
import { entitlementsOf, monthOf, periodOf, resetsAt, shareToTell, type Entitlements, type Limit } from './entitlements.policy.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'
import type { StoredSubscription } from './subscriptions.repository.ts'

/** After a trial, and after a subscription that ended. */
export const FALLBACK = 'free'

/** Built-in roles: an organization's own ones, and who holds which, are not everybody's to know. */
const askRoles = roles.filter((role) => rolePermissions[role].includes('billing:manage'))

/** What adds to an organization. Reading what was accepted, and calls that only read, go on. */
const adding: ReadonlySet<UsageKind> = new Set(['documents', 'bytes', 'flowRuns'])

type Asking = { readonly tx: Tx; readonly actor: Actor; readonly at: Date }
type Held = { readonly entitlements: Entitlements; readonly meter: Meter; readonly limit: Limit }

export const entitledTo = (deps: Pick<SubscriptionsDeps, 'installationPlan'>, facts: StoredSubscription | null, at: Date): Entitlements =>
  entitlementsOf(facts, { installation: deps.installationPlan, fallback: FALLBACK, at })

function exceeded({ at }: Asking, { entitlements, meter, limit }: Held, used: number): AppError {
  const details: QuotaRefusal = {
    meter, used, limit: limit.limit, plan: entitlements.plan, resetsAt: resetsAt(meter, at)?.toISOString() ?? null, askRoles,
  }
  return new AppError('quota.exceeded', { details })
}

function mustTakeMore({ readOnly, plan }: Entitlements): void {
  if (readOnly) throw new AppError('plan.read_only', { details: { plan, askRoles } })
}

/** Tells once that 80 or 100 percent of a limit are used. Answers what has been told by then. */
async function tell(deps: SubscriptionsDeps, { tx, actor }: Asking, { meter, limit: { limit }, used, warned }: Pick<Held, 'meter' | 'limit'> & Counted): Promise<number> {
  const percent = shareToTell(used, limit)
  if (percent === 0 || percent <= warned) return warned
  await deps.outbox.append(tx, actor, {
    type: 'subscriptions.quota-neared.v1', payload: { meter, percent, used, limit },
    audit: { subjectType: 'org', subjectId: actor.orgId, data: { meter, percent, used, limit } },
  })
  return percent
}

/** One conditional update; where nothing was counted yet, it begins with what was written down until now. */
async function countIn(deps: SubscriptionsDeps, asking: Asking, { amount, ...held }: Held & { readonly amount: number }): Promise<void> {
  const { tx, actor, at } = asking
  const { meter, limit } = held
  const place: Place = { orgId: actor.orgId, meter, period: periodOf(meter, at) }
  const change = { amount, ...limit }
  let counted = await deps.counters.count(tx, place, change)
  if (counted === null) {
    const used = await deps.counters.counted(tx, place)
    if (used !== null) throw exceeded(asking, held, used)
    await deps.counters.begin(tx, place, { span: meter === 'bytes' ? null : monthOf(at), except: amount })
    counted = await deps.counters.count(tx, place, change)
    if (counted === null) throw exceeded(asking, held, await deps.counters.counted(tx, place) ?? 0)
  }
  const warned = await tell(deps, asking, { ...held, ...counted })
  if (warned !== counted.warned) await deps.counters.keep(tx, place, { used: counted.used, warned })
}

async function consume(deps: SubscriptionsDeps, { tx, actor, at }: Asking, uses: readonly Use[]): Promise<void> {
  const acts = uses.filter(({ amount }) => amount !== 0)
  if (acts.length === 0) return
  const { recorded, subscription } = await deps.counters.record(tx, acts.map((use) => ({ ...use, at })))
  const entitlements = entitledTo(deps, subscription, at)
  if (acts.some(({ kind, amount }) => adding.has(kind) && amount > 0)) mustTakeMore(entitlements)
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
  mustTakeMore(entitlements)
  const limit = entitlements.limits[meter]
  if (limit === null) return
  const place: Place = { orgId: actor.orgId, meter, period: periodOf(meter, at) }
  const { warned } = await deps.counters.lock(tx, place)
  // Counted by a statement of its own, which sees what was committed while the lock was waited for.
  const used = await deps.counters.standing(tx, actor.orgId, { meter, at })
  if (used > limit.hard) throw exceeded(asking, { entitlements, meter, limit }, used - 1)
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
      mustTakeMore(entitledTo(deps, subscription, deps.clock.now()))
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
  }
}
