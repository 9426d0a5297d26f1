import { Context } from '@temporalio/activity'
import type { ReembeddingService } from '../models/reembedding.service.ts'
import type { ReindexingService } from '../reindexing/reindexing.service.ts'
import type { ReembeddingActivities, ReindexingActivities } from './activities.types.ts'

export const createReembeddingActivities = ({ reembedding }: { reembedding: Pick<ReembeddingService, 'step'> }): ReembeddingActivities => ({
  embedAnew(model) {
    const context = Context.current()
    return reembedding.step(model, () => context.heartbeat(), context.cancellationSignal)
  },
})

export const createReindexingActivities = ({ reindexing }: { reindexing: Pick<ReindexingService, 'step'> }): ReindexingActivities => ({
  healSearch() {
    const context = Context.current()
    return reindexing.step(() => context.heartbeat(), context.cancellationSignal)
  },
})
