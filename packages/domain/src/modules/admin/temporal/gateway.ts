import type { Client } from '@temporalio/client'
import type { ChecksGateway } from '../checks/checks.service.ts'
import type { installationCheck } from './installation-check.workflow.ts'
import { checkSummaries } from './summaries.ts'

const DEADLINE_MS = 10_000

/** The worker's way to the runs that check the installation. Every call ends within 10 s. */
export const createChecksGateway = (client: Client): ChecksGateway => ({
  start: (id) => client.withDeadline(Date.now() + DEADLINE_MS, async () => {
    await client.workflow.start<typeof installationCheck>('installationCheck', {
      workflowId: `installation-check/${id}`, taskQueue: 'flow', args: [id], staticSummary: checkSummaries.run,
      // Asked every few seconds while it runs; and begun anew where Temporal lost it.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING',
    })
  }),
})
