import type { DocumentId } from '@intellidocs/contracts'
import type { Actor, Clock, Log, Outbox, RunAsSystem, RunInTx, Tx } from '@intellidocs/kernel'
import type { HoldsRepository } from './holds.repository.ts'
import type { ReleasesRepository } from './releases.repository.ts'
import type { RulesRepository } from './rules.repository.ts'
import type { TombstonesRepository } from './tombstones.repository.ts'
import type { TombstoneKeys } from './tombstones.ts'

export type RetentionDeps = {
  readonly runInTx: RunInTx
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  readonly keys: TombstoneKeys
  /** Deletes a document for good in the caller's transaction, and asks the gate before. */
  readonly discard: (tx: Tx, actor: Actor, id: DocumentId) => Promise<void>
  readonly holds: HoldsRepository
  readonly rules: RulesRepository
  readonly releases: ReleasesRepository
  readonly tombstones: TombstonesRepository
}
