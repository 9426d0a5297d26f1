import { analyticsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router } from '@intellidocs/kernel'
import type { AnalyticsService } from './analytics.service.ts'
import type { SettingsService } from './settings.service.ts'

const read = orgProcedure.meta(may('analytics', 'read'))

export const createAnalyticsRouter = ({ analytics, settings }: { analytics: AnalyticsService; settings: SettingsService }) => router({
  overview: read.input(contract.overview.input).output(contract.overview.output).query(({ ctx, input }) => analytics.overview(ctx.actor, input)),
  documents: read.input(contract.documents.input).output(contract.documents.output).query(({ ctx, input }) => analytics.documents(ctx.actor, input)),
  processing: read.input(contract.processing.input).output(contract.processing.output).query(({ ctx, input }) => analytics.processing(ctx.actor, input)),
  flows: read.input(contract.flows.input).output(contract.flows.output).query(({ ctx, input }) => analytics.flows(ctx.actor, input)),
  search: read.input(contract.search.input).output(contract.search.output).query(({ ctx, input }) => analytics.search(ctx.actor, input)),
  sharing: read.input(contract.sharing.input).output(contract.sharing.output).query(({ ctx, input }) => analytics.sharing(ctx.actor, input)),
  usage: read.output(contract.usage.output).query(({ ctx }) => analytics.usage(ctx.actor)),
  export: read.input(contract.exportFigures.input).output(contract.exportFigures.output).query(({ ctx, input }) => analytics.export(ctx.actor, input)),
  settings: router({
    get: read.output(contract.getSettings.output).query(({ ctx }) => settings.get(ctx.actor)),
    set: orgProcedure.meta(may('analytics', 'manage')).input(contract.setSettings.input).output(contract.setSettings.output)
      .mutation(({ ctx, input }) => settings.set(ctx.actor, input)),
  }),
})
