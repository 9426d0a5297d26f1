/** What operators read of a run in Temporal's UI, unsealed: a closed list that says nothing of a customer. */
export const retentionSummaries = {
  run: 'Delete what its time is over for',
  batch: 'Look at the next documents',
} as const

const ALL: ReadonlySet<string> = new Set(Object.values(retentionSummaries))

/** Whether a text is one of these sentences, to the letter. */
export const isRetentionSummary = (text: string): boolean => ALL.has(text)
