import type { Meter, OrgId, subscriptionsContract } from '@intellidocs/contracts'
import { AppError, newId, type Actor, type UsageKind } from '@intellidocs/kernel'
import type { z } from 'zod'
import { administering, type Administrator } from '../administering.ts'
import { monthOf, periodOf } from '../entitlements.policy.ts'
import type { SubscriptionsDeps } from '../subscriptions.deps.ts'

type Verified = z.infer<typeof subscriptionsContract.verify.output>
export type Correction = { readonly orgId: OrgId; readonly meter: UsageKind; readonly amount: number; readonly at?: Date; readonly reason: string }

/** Acts that are added up in one transaction. */
const BATCH = 5_000

/** Adds up what was written down since; safe at any time, by several at once, and again. Answers how many acts. */
export async function rollUpUsage({ runAsSystem, rollups }: SubscriptionsDeps, beat: () => void): Promise<number> {
  for (let all = 0; ;) {
    const added = await runAsSystem((tx) => rollups.rollUp(tx, BATCH))
    all += added
    if (added < BATCH) return all
    beat()
  }
}

/** Whether what was done, what it was added up to, what was billed and what the limits are held against are the same numbers. */
export function verifyUsage(deps: SubscriptionsDeps, actor: Actor): Promise<Verified> {
  const at = deps.clock.now()
  return deps.runInTx(actor, async (tx) => {
    const found = await deps.rollups.reconcile(tx, actor.orgId)
    const counted = await deps.rollups.counted(tx, actor.orgId, periodOf('documents', at))
    const used: Partial<Record<Meter, number>> = await deps.counters.sums(tx, actor.orgId, monthOf(at))
    const meters = found.map((one) => {
      const count = counted[one.meter] ?? null
      return { ...one, counted: count, differences: one.differences + (count !== null && count !== (used[one.meter] ?? 0) ? 1 : 0) }
    })
    return { ok: meters.every(({ differences }) => differences === 0), meters }
  }, { readOnly: true })
}

/**
 * Adds what was counted too little, or takes off what was counted too much, in the hour of `at`: one more act, and nothing that was written is changed. By an
 * administrator of the installation. `org.not_found`.
 */
export async function correctUsage(deps: SubscriptionsDeps, by: Administrator, { orgId, meter, amount, reason, at = deps.clock.now() }: Correction): Promise<void> {
  const actor = administering(by, orgId)
  await deps.runInTx(actor, async (tx) => {
    if (!await deps.subscriptions.lock(tx, orgId)) throw new AppError('org.not_found')
    await deps.counters.record(tx, [{ kind: meter, amount, key: `correction:${newId()}`, at }])
    // They begin anew with what is written now.
    await deps.counters.forget(tx, orgId)
    await deps.outbox.append(tx, actor, {
      type: 'subscriptions.usage-corrected.v1', payload: { meter, amount },
      audit: { subjectType: 'org', subjectId: orgId, data: { meter, amount, at: at.toISOString(), reason } },
    })
  })
}
