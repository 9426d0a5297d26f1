import type { Clock, Log, Outbox, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import type { FactsRepository } from './facts.repository.ts'
import type { FiguresRepository } from './figures.repository.ts'
import type { SettingsRepository } from './settings.repository.ts'

export type AnalyticsDeps = {
  readonly runInTx: RunInTx
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  readonly facts: FactsRepository
  readonly figures: FiguresRepository
  readonly settings: SettingsRepository
}
