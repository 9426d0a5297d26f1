import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client'
import { folderReadersRunId, type FolderReadersGateway } from '../folder-readers.types.ts'
import { taskQueues } from '../processing.types.ts'
import type { folderReaders } from './folder-readers.workflow.ts'
import { summaries } from './summaries.ts'

const DEADLINE_MS = 10_000

export function createFolderReadersGateway(client: Client): FolderReadersGateway {
  return {
    rewrite: (ref) => client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      try {
        await client.workflow.start<typeof folderReaders>('folderReaders', {
          workflowId: folderReadersRunId(ref), taskQueue: taskQueues.flow, args: [ref],
          workflowIdReusePolicy: 'REJECT_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING',
          priority: { fairnessKey: ref.orgId }, staticSummary: summaries.readers,
        })
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      }
    }),
  }
}
