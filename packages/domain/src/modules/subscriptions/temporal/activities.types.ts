export type UsageActivities = {
  /** Answers how many acts were added up. */
  rollUpUsage(): Promise<number>
}
