import type { DocumentFigures, FlowFigures, Overview, ProcessingFigures, SearchFigures, SharingFigures, UsageFigures } from '@intellidocs/contracts'
import type { Actor, PageInput } from '@intellidocs/kernel'
import type { AnalyticsDeps } from './analytics.deps.ts'
import type { PeriodInput } from './periods.ts'
import { documents } from './use-cases/documents.ts'
import { exportFigures } from './use-cases/export.ts'
import { flows } from './use-cases/flows.ts'
import { overview } from './use-cases/overview.ts'
import { processing } from './use-cases/processing.ts'
import { search } from './use-cases/search.ts'
import { sharing } from './use-cases/sharing.ts'
import { usage } from './use-cases/usage.ts'

/** Figures of the organization over days of its time zone. All throw AppError input.invalid for a period that is none. */
export type AnalyticsService = {
  overview(actor: Actor, input: PeriodInput): Promise<Overview>
  documents(actor: Actor, input: PeriodInput): Promise<DocumentFigures>
  processing(actor: Actor, input: PeriodInput): Promise<ProcessingFigures>
  search(actor: Actor, input: PeriodInput & PageInput): Promise<SearchFigures>
  sharing(actor: Actor, input: PeriodInput): Promise<SharingFigures>
  usage(actor: Actor): Promise<UsageFigures>
  export(actor: Actor, input: Parameters<typeof exportFigures>[2]): ReturnType<typeof exportFigures>
  flows(actor: Actor, input: Omit<PeriodInput, 'grain'> & PageInput): Promise<FlowFigures>
}

export const createAnalyticsService = (deps: AnalyticsDeps): AnalyticsService => ({
  overview: (actor, input) => overview(deps, actor, input),
  documents: (actor, input) => documents(deps, actor, input),
  processing: (actor, input) => processing(deps, actor, input),
  search: (actor, input) => search(deps, actor, input),
  sharing: (actor, input) => sharing(deps, actor, input),
  usage: (actor) => usage(deps, actor),
  export: (actor, input) => exportFigures(deps, actor, input),
  flows: (actor, input) => flows(deps, actor, input),
})
