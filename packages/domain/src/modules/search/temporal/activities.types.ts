export type ReembeddingActivities = {
  /** Some seconds of work for the model; where it stands is in the rows of the organizations. */
  embedAnew(model: string): Promise<{ done: boolean }>
}

export type ReindexingActivities = {
  /** Some seconds of healing what search answers from; where it stands is in the rows of the organizations. */
  healSearch(): Promise<{ done: boolean }>
}
