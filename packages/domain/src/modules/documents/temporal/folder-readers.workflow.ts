import { ActivityCancellationType, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { FolderReadersActivities, FolderReadersRef } from '../folder-readers.types.ts'
import type { WalkKey } from '../readers.repository.ts'
import { summaries } from './summaries.ts'

export type FolderReadersInput = FolderReadersRef & { readonly after?: WalkKey }

/** 500,000 documents to a run: about 300 events of history. */
const ACTIVITIES_PER_RUN = 50

/** Tried until it succeeds: nothing else would ever show what became visible. */
const { rewriteReaders } = proxyActivities<FolderReadersActivities>({
  startToCloseTimeout: '30 minutes', heartbeatTimeout: '6 seconds', cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  summary: summaries.readers, retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '60 seconds' },
})

/** Works through what lies below a folder that was moved, restricted or given back. The place it came to is all its state. */
export async function folderReaders({ after, ...ref }: FolderReadersInput): Promise<void> {
  let key = after ?? null
  for (let done = 0; done < ACTIVITIES_PER_RUN && !workflowInfo().continueAsNewSuggested; done += 1) {
    key = await rewriteReaders(ref, key)
    if (key === null) return
  }
  await continueAsNew<typeof folderReaders>({ ...ref, ...(key === null ? {} : { after: key }) })
}
