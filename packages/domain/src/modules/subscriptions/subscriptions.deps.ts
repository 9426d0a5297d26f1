import type { PlanName } from '@intellidocs/contracts'
import type { Clock, Outbox, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import type { CountersRepository } from './counters.repository.ts'
import type { RollupsRepository } from './rollups.repository.ts'
import type { SubscriptionsRepository } from './subscriptions.repository.ts'

export type SubscriptionsDeps = {
  readonly runInTx: RunInTx
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly clock: Clock
  /** Of organizations of which nobody said anything. */
  readonly installationPlan: PlanName
  readonly subscriptions: SubscriptionsRepository
  readonly counters: CountersRepository
  readonly rollups: RollupsRepository
}
