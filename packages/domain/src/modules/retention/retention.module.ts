import type { Clock, Outbox, RunInTx, Subscriber } from '@intellidocs/kernel'
import { createDeletionGate } from './gate.ts'
import { gateRepository } from './gate.repository.ts'
import { holdsRepository } from './holds.repository.ts'
import { createHoldsService } from './holds.service.ts'
import { createRetentionRouter } from './retention.router.ts'

export type RetentionModuleDeps = { readonly runInTx: RunInTx; readonly outbox: Outbox; readonly clock: Clock }

/** What is kept, and for how long; what goes, and when. */
export function createRetentionModule({ runInTx, outbox, clock }: RetentionModuleDeps) {
  const holds = createHoldsService({ runInTx, outbox, clock, holds: holdsRepository })
  return {
    name: 'retention',
    routers: { retention: createRetentionRouter({ holds }) },
    subscribers: [] as Subscriber[],
    holds,
    /** What the modules below ask before they delete. */
    gate: createDeletionGate(gateRepository),
  } as const
}
