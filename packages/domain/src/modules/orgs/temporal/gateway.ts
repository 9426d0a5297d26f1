import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { purgeRunId, type PurgeGateway } from '../purge.types.ts'
import type { orgPurge } from './org-purge.workflow.ts'
import { purgeSummaries } from './summaries.ts'

const OrgId = defineSearchAttributeKey('OrgId', 'KEYWORD')
const TASK_QUEUE = 'flow'
const DEADLINE_MS = 10_000

/** The worker's way to the runs that end organizations. Every call ends within 10 s, so that a delivery's lease is not outlived. */
export function createPurgeGateway(client: Client): PurgeGateway {
  const within = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + DEADLINE_MS, call)
  return {
    start: (ref) => within(async () => {
      await client.workflow.start<typeof orgPurge>('orgPurge', {
        workflowId: purgeRunId(ref), taskQueue: TASK_QUEUE, args: [ref],
        // Deleted, undeleted and deleted again: a run each; and one at a time.
        workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING',
        typedSearchAttributes: [{ key: OrgId, value: ref.orgId }], priority: { fairnessKey: ref.orgId }, staticSummary: purgeSummaries.run,
      })
    }),
    cancel: (ref) => within(async () => {
      try {
        await client.workflow.getHandle(purgeRunId(ref)).cancel()
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      }
    }),
  }
}
