import { Context } from '@temporalio/activity'
import type { ReembeddingService } from '../models/reembedding.service.ts'
import type { ReembeddingActivities } from './activities.types.ts'

export const createReembeddingActivities = ({ reembedding }: { reembedding: Pick<ReembeddingService, 'step'> }): ReembeddingActivities => ({
  embedAnew(model) {
    const context = Context.current()
    return reembedding.step(model, () => context.heartbeat(), context.cancellationSignal)
  },
})
