import { searchContract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid } from '@intellidocs/kernel'
import type { QueriesService } from './queries.service.ts'
import type { SearchService } from './search.service.ts'

export const createSearchRouter = (search: SearchService, queries: Pick<QueriesService, 'opened'>) => router({
  query: orgProcedure.meta(may('search', 'read')).input(searchContract.searchQuery.input).output(searchContract.searchQuery.output)
    .query(({ ctx, input }) => search.query(ctx.actor, input)),
  opened: orgProcedure.meta({ ...may('search', 'read'), ...whileUnpaid('reading') }).input(searchContract.searchOpened.input).output(searchContract.searchOpened.output)
    .mutation(({ ctx, input }) => queries.opened(ctx.actor, input)),
})
