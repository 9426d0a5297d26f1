import type { Actor, QuotaGate, RunInTx } from '@intellidocs/kernel'
import type { SubscriptionsRepository } from './subscriptions.repository.ts'

export type Usage = { plan: 'unlimited'; documents: number; bytes: number; pages: number }
export type SubscriptionsService = { usage(actor: Actor): Promise<Usage> }

/** Every organization is on the plan without limits; the use is written down in the transaction of what uses it. */
export const createQuotaGate = (repository: SubscriptionsRepository): QuotaGate => ({
  consume: (tx, actor, uses) => (uses.length === 0 ? Promise.resolve() : repository.append(tx, actor, uses)),
})

export const createSubscriptionsService = (deps: { runInTx: RunInTx; repository: SubscriptionsRepository }): SubscriptionsService => ({
  async usage(actor) {
    const sums = await deps.runInTx(actor, (tx) => deps.repository.sums(tx, actor.orgId), { readOnly: true })
    return { plan: 'unlimited', documents: Number(sums.documents), bytes: Number(sums.bytes), pages: Number(sums.pages) }
  },
})
