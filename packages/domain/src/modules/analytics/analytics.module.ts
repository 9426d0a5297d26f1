import type { Actor, Clock, Log, Outbox, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import type { AnalyticsDeps, KeptWords } from './analytics.deps.ts'
import { createAnalyticsRouter } from './analytics.router.ts'
import { createAnalyticsService } from './analytics.service.ts'
import { createAnalyticsSubscribers } from './analytics.subscribers.ts'
import { keepDays, sampleQueues } from './build-days.ts'
import { factsRepository, type AnalyticsBacklog } from './facts.repository.ts'
import { figuresRepository } from './figures.repository.ts'
import { planUseOf } from './plan-use.ts'
import { settingsRepository } from './settings.repository.ts'
import { createSettingsService } from './settings.service.ts'

export type AnalyticsModuleDeps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly outbox: Outbox; readonly clock: Clock; readonly log: Log
  readonly words: KeptWords
  readonly usage: (actor: Actor) => Promise<Parameters<typeof planUseOf>[0]>
}

/** What happened in an organization, counted as it happens and shown by day. */
export function createAnalyticsModule({ usage, ...given }: AnalyticsModuleDeps) {
  const planUse = async (actor: Actor) => planUseOf(await usage(actor))
  const deps: AnalyticsDeps = { ...given, planUse, facts: factsRepository, figures: figuresRepository, settings: settingsRepository }
  const [analytics, settings] = [createAnalyticsService(deps), createSettingsService(deps)]
  return {
    name: 'analytics',
    routers: { analytics: createAnalyticsRouter({ analytics, settings }) },
    subscribers: createAnalyticsSubscribers(deps),
    analytics, settings,
    /** Called by the worker now and then. See `build-days.ts`. */
    keepDays: (signal: AbortSignal): Promise<number> => keepDays(deps, signal),
    /** Of all organizations, for metrics. */
    backlog: (): Promise<AnalyticsBacklog> => given.runAsSystem((tx) => factsRepository.backlog(tx)),
    /** What the worker's activity is made of. See `build-days.ts`. */
    sampleQueues: (beat: () => void): Promise<number> => sampleQueues(deps, beat),
  } as const
}

export type AnalyticsModule = ReturnType<typeof createAnalyticsModule>
