export type ReembeddingActivities = {
  /** Some seconds of work for the model; where it stands is in the rows of the organizations. */
  embedAnew(model: string): Promise<{ done: boolean }>
}
