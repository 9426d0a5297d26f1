import type { SweepPlace } from '../retention.types.ts'

export type RetentionActivities = {
  /** Deletes what is due among the next documents, and answers where to go on. Safe to run twice, also at once. */
  sweepRetention(from: SweepPlace | null): Promise<SweepPlace | null>
}
