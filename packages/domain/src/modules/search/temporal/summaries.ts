/** What operators read of a run in Temporal's UI, unsealed: a closed list that says nothing of a customer. */
export const reembeddingSummaries = { run: 'Make vectors of another model', steps: 'Embed what has no vector yet' } as const
export const reindexingSummaries = { run: 'Heal what search answers from', steps: 'Compare it with the documents' } as const

const ALL: ReadonlySet<string> = new Set([...Object.values(reembeddingSummaries), ...Object.values(reindexingSummaries)])

/** Whether a text is one of these sentences, to the letter. */
export const isSearchSummary = (text: string): boolean => ALL.has(text)
