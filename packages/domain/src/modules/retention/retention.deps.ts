import type { Clock, Outbox, RunInTx } from '@intellidocs/kernel'
import type { HoldsRepository } from './holds.repository.ts'

export type RetentionDeps = {
  readonly runInTx: RunInTx
  readonly outbox: Outbox
  readonly clock: Clock
  readonly holds: HoldsRepository
}
