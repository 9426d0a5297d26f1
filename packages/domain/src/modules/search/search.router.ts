import { searchContract } from '@intellidocs/contracts'
import { may, orgProcedure, router } from '@intellidocs/kernel'
import type { SearchService } from './search.service.ts'

export const createSearchRouter = (search: SearchService) => router({
  query: orgProcedure.meta(may('search', 'read')).input(searchContract.searchQuery.input).output(searchContract.searchQuery.output)
    .query(({ ctx, input }) => search.query(ctx.actor, input)),
})
