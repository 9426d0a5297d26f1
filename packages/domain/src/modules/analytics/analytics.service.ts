import type { Overview } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { AnalyticsDeps } from './analytics.deps.ts'
import type { PeriodInput } from './periods.ts'
import { overview } from './use-cases/overview.ts'

/** Figures of the organization over days of its time zone. All throw AppError input.invalid for a period that is none. */
export type AnalyticsService = {
  overview(actor: Actor, input: PeriodInput): Promise<Overview>
}

export const createAnalyticsService = (deps: AnalyticsDeps): AnalyticsService => ({
  overview: (actor, input) => overview(deps, actor, input),
})
