import { reindexingContract, searchContract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid } from '@intellidocs/kernel'
import type { AskingService } from './answers/asking.service.ts'
import type { QueriesService } from './queries.service.ts'
import type { ReindexingService } from './reindexing/reindexing.service.ts'
import type { SearchService } from './search.service.ts'
import type { SimilarService } from './similar/similar.service.ts'
import type { SuggestService } from './suggest/suggest.service.ts'
import type { ViewsService } from './views/views.service.ts'

export type SearchServices = Pick<SearchService, 'query'> & AskingService & SuggestService & SimilarService & Pick<QueriesService, 'opened'>

type Kept = { readonly views: ViewsService; readonly reindexing: Pick<ReindexingService, 'start' | 'latest'> }

export const createSearchRouter = (search: SearchServices, { views, reindexing }: Kept) => router({
  query: orgProcedure.meta(may('search', 'read')).input(searchContract.searchQuery.input).output(searchContract.searchQuery.output)
    .query(({ ctx, input }) => search.query(ctx.actor, input)),
  ask: orgProcedure.meta(may('search', 'read')).input(searchContract.searchAsk.input).output(searchContract.searchAsk.output)
    .query(({ ctx, input, signal }) => search.ask(ctx.actor, input, { signal, stillValid: () => ctx.stillValid() })),
  askStream: orgProcedure.meta(may('search', 'read')).input(searchContract.searchAskStream.input)
    .subscription(({ ctx, input, signal }) => search.stream(ctx.actor, input, { signal, stillValid: () => ctx.stillValid() })),
  suggest: orgProcedure.meta(may('search', 'read')).input(searchContract.searchSuggest.input).output(searchContract.searchSuggest.output)
    .query(({ ctx, input }) => search.suggest(ctx.actor, input)),
  similar: orgProcedure.meta(may('search', 'read')).input(searchContract.searchSimilar.input).output(searchContract.searchSimilar.output)
    .query(({ ctx, input }) => search.similar(ctx.actor, input)),
  opened: orgProcedure.meta({ ...may('search', 'read'), ...whileUnpaid('reading') }).input(searchContract.searchOpened.input).output(searchContract.searchOpened.output)
    .mutation(({ ctx, input }) => search.opened(ctx.actor, input)),
  reindex: orgProcedure.meta(may('orgs', 'manage')).input(reindexingContract.startReindexing.input).output(reindexingContract.startReindexing.output)
    .mutation(({ ctx }) => reindexing.start(ctx.actor)),
  reindexing: orgProcedure.meta(may('orgs', 'manage')).input(reindexingContract.getReindexing.input).output(reindexingContract.getReindexing.output)
    .query(({ ctx }) => reindexing.latest(ctx.actor)),
  views: router({
    list: orgProcedure.meta(may('search', 'read')).input(searchContract.listViews.input).output(searchContract.listViews.output)
      .query(({ ctx }) => views.list(ctx.actor)),
    create: orgProcedure.meta(may('search', 'read')).input(searchContract.createView.input).output(searchContract.createView.output)
      .mutation(({ ctx, input }) => views.create(ctx.actor, input)),
    delete: orgProcedure.meta(may('search', 'read')).input(searchContract.deleteView.input).output(searchContract.deleteView.output)
      .mutation(({ ctx, input }) => views.remove(ctx.actor, input)),
  }),
})
