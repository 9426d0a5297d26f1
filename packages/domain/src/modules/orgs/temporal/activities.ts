import { Context } from '@temporalio/activity'
import type { Beat, PurgeService } from '../purge.service.ts'
import type { PurgeActivities } from './activities.types.ts'

/** A heartbeat, and the end of the work once the run is cancelled or the worker goes. The SDK sends no more of them than it needs. */
const beatOf = (context: Context): Beat => () => {
  context.heartbeat()
  if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason
}

export function createPurgeActivities(purge: PurgeService): PurgeActivities {
  return {
    purgeState: (ref) => purge.state(ref),
    purgeCount: (ref) => purge.count(ref, beatOf(Context.current())),
    purgeRows: (ref) => purge.deleteRows(ref, beatOf(Context.current())),
    purgeBlobs: (ref) => purge.deleteBlobs(ref, beatOf(Context.current())),
    purgeFinish: (ref) => purge.finish(ref),
  }
}
