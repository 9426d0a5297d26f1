import type { PurgeRef, PurgeState } from '../purge.types.ts'

/** What the workflow calls: the steps of `PurgeService`, each safe to run twice, also at once. */
export type PurgeActivities = {
  purgeState(ref: PurgeRef): Promise<PurgeState>
  purgeCount(ref: PurgeRef): Promise<void>
  purgeRows(ref: PurgeRef): Promise<{ done: boolean }>
  purgeBlobs(ref: PurgeRef): Promise<{ done: boolean; held: boolean }>
  purgeFinish(ref: PurgeRef): Promise<{ done: boolean }>
}
