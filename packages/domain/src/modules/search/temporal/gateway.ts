import type { Client } from '@temporalio/client'
import type { ReembeddingGateway } from '../models/reembedding.service.ts'
import type { ReindexingGateway } from '../reindexing/reindexing.service.ts'
import type { reembedding } from './reembedding.workflow.ts'
import type { reindexing } from './reindexing.workflow.ts'
import { reembeddingSummaries, reindexingSummaries } from './summaries.ts'

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

/** The worker's way to the run that heals what search answers from. Every call ends within 10 s. */
export const createReindexingGateway = (client: Client): ReindexingGateway => ({
  start: () => client.withDeadline(Date.now() + DEADLINE_MS, async () => {
    await client.workflow.start<typeof reindexing>('reindexing', {
      workflowId: 're-indexing', taskQueue: 'flow', args: [], staticSummary: reindexingSummaries.run,
      // Asked every few seconds while an organization waits for it.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING',
    })
  }),
})
