import { ActivityCancellationType, continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow'
import type { ActivityOptions } from '@temporalio/workflow'
import type { PurgeRef } from '../purge.types.ts'
import type { PurgeActivities } from './activities.types.ts'
import { purgeSummaries } from './summaries.ts'

export type PurgeEnd = { readonly kind: 'purged' | 'over' }

/** A timer longer than this is set in parts, so that a worker's clock or a moved deadline is seen within a day. */
const LOOK_EVERY_MS = 24 * 3_600_000
const HELD_MS = 60_000

/** Tried without end, at most every ten minutes: nobody else ends an organization, and what is broken meanwhile is mended some time. */
const step = (summary: string, options: ActivityOptions = {}): PurgeActivities => proxyActivities<PurgeActivities>({
  startToCloseTimeout: '30 minutes', heartbeatTimeout: '60 seconds', cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, summary,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 minutes' },
  ...options,
})
const short: ActivityOptions = { startToCloseTimeout: '60 seconds' }

/**
 * Waits until an organization may no longer be undeleted, and deletes all of it. The organization's row is the truth: it is asked again after every
 * wait, so that a deletion taken back, or made anew, is followed whatever this run was started for. Cancelled by `undelete`, while it waits.
 */
export async function orgPurge(ref: PurgeRef): Promise<PurgeEnd> {
  for (;;) {
    const state = await step(purgeSummaries.state, short).purgeState(ref)
    if (state.kind === 'over') return { kind: 'over' }
    if (state.kind === 'due') break
    await sleep(Math.min(state.ms, LOOK_EVERY_MS), { summary: purgeSummaries.grace })
  }
  await step(purgeSummaries.count).purgeCount(ref)
  for (;;) {
    while (!(await step(purgeSummaries.rows).purgeRows(ref)).done) await goOnIfLong(ref)
    for (;;) {
      const { done, held } = await step(purgeSummaries.blobs).purgeBlobs(ref)
      if (done) break
      if (held) await sleep(HELD_MS, { summary: purgeSummaries.held })
      await goOnIfLong(ref)
    }
    if ((await step(purgeSummaries.finish, short).purgeFinish(ref)).done) return { kind: 'purged' }
    await goOnIfLong(ref)
  }
}

/** What went is gone, so a new run begins where this one ends without being told anything. */
async function goOnIfLong(ref: PurgeRef): Promise<void> {
  if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof orgPurge>(ref)
}
