export type AnalyticsActivities = {
  /** Looks at what waits in each organization, once in a quarter of an hour. */
  sampleQueues(): Promise<number>
}
