import type { Meter } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { Counted, Place } from './counters.repository.ts'
import { monthOf, periodOf, shareToTell, type Limit } from './entitlements.policy.ts'
import { exceeded, type Held } from './refusals.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'

export type Asking = { readonly tx: Tx; readonly actor: Actor; readonly at: Date }

/** Tells once that 80 or 100 percent of a limit are used. Answers what has been told by then. */
export async function tell(deps: SubscriptionsDeps, { tx, actor }: Asking, { meter, limit: { limit }, used, warned }: { meter: Meter; limit: Limit } & Counted): Promise<number> {
  const percent = shareToTell(used, limit)
  if (percent === 0 || percent <= warned) return warned
  await deps.outbox.append(tx, actor, {
    type: 'subscriptions.quota-neared.v1', payload: { meter, percent, used, limit },
    audit: { subjectType: 'org', subjectId: actor.orgId, data: { meter, percent, used, limit } },
  })
  return percent
}

/**
 * One conditional update; where nothing was counted yet, it begins with what was written down until now. Answers what is used by then.
 * @throws AppError quota.exceeded, where it were more than `limit.hard`
 */
export async function countIn(deps: SubscriptionsDeps, asking: Asking, { amount, ...held }: Held & { readonly amount: number }): Promise<number> {
  const { tx, actor, at } = asking
  const { meter, limit } = held
  const place: Place = { orgId: actor.orgId, meter, period: periodOf(meter, at) }
  const change = { amount, ...limit }
  let counted = await deps.counters.count(tx, place, change)
  if (counted === null) {
    const used = await deps.counters.counted(tx, place)
    if (used !== null) throw exceeded(held, { at, used })
    await deps.counters.begin(tx, place, { span: meter === 'bytes' ? null : monthOf(at), except: amount })
    counted = await deps.counters.count(tx, place, change)
    if (counted === null) throw exceeded(held, { at, used: await deps.counters.counted(tx, place) ?? 0 })
  }
  const warned = await tell(deps, asking, { ...held, ...counted })
  if (warned !== counted.warned) await deps.counters.keep(tx, place, { used: counted.used, warned })
  return counted.used
}
