import type { Client } from '@temporalio/client'
import type { ReembeddingGateway } from '../models/reembedding.service.ts'
import type { reembedding } from './reembedding.workflow.ts'
import { reembeddingSummaries } from './summaries.ts'

const DEADLINE_MS = 10_000

/** The worker's way to the run that embeds anew. Every call ends within 10 s. */
export const createReembeddingGateway = (client: Client): ReembeddingGateway => ({
  start: (model) => client.withDeadline(Date.now() + DEADLINE_MS, async () => {
    await client.workflow.start<typeof reembedding>('reembedding', {
      workflowId: 're-embedding', taskQueue: 'flow', args: [model], staticSummary: reembeddingSummaries.run,
      // Asked now and again while it runs; one for a model that nobody goes to any more ends by itself.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING',
    })
  }),
})
