/** What operators read of a run in Temporal's UI, unsealed: a closed list that says nothing of a customer. */
export const usageSummaries = { rollUp: 'Add up what was used' } as const

const ALL: ReadonlySet<string> = new Set(Object.values(usageSummaries))

/** Whether a text is one of these sentences, to the letter. */
export const isUsageSummary = (text: string): boolean => ALL.has(text)
