import type { SearchFigures } from '@intellidocs/contracts'
import type { Actor, Clock, Log, Outbox, PageInput, RunAsSystem, RunInTx, Tx } from '@intellidocs/kernel'
import type { FactsRepository } from './facts.repository.ts'
import type { FiguresRepository } from './figures.repository.ts'
import type { SettingsRepository } from './settings.repository.ts'

/** What people looked for, most first, by days of UTC; null where the organization does not keep that. Implemented by the module `search`. */
export type KeptWords = (tx: Tx, actor: Actor, input: PageInput & { readonly from: string; readonly to: string }) => Promise<SearchFigures['words']>

/** What is used of the plan; `limit` null: there is none. */
export type PlanUse = { readonly plan: string; readonly lines: readonly { readonly meter: string; readonly used: number; readonly limit: number | null }[] }

export type AnalyticsDeps = {
  readonly runInTx: RunInTx
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  readonly facts: FactsRepository
  readonly figures: FiguresRepository
  readonly settings: SettingsRepository
  readonly words: KeptWords
  readonly planUse: (actor: Actor) => Promise<PlanUse>
}
