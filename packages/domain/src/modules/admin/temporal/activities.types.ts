export type CheckActivities = {
  /** Some steps of a check, each written down once. */
  checkInstallation(id: string): Promise<{ done: boolean }>
}
