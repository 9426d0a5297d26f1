/** What operators read of a run in Temporal's UI, unsealed: a closed list that says nothing of a customer. */
export const purgeSummaries = {
  run: 'Wait for the grace of a deleted organization, then purge it',
  state: 'Look whether its time has come',
  count: 'Count what there is',
  rows: 'Delete rows',
  blobs: 'Delete stored bytes',
  finish: 'Delete the organization and write its audit row',
  grace: 'Grace',
  held: 'A backup holds the stored bytes',
} as const

const ALL: ReadonlySet<string> = new Set(Object.values(purgeSummaries))

/** Whether a text is one of these sentences, to the letter. */
export const isPurgeSummary = (text: string): boolean => ALL.has(text)
