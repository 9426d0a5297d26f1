/** What operators read of a run in Temporal's UI, unsealed: a closed list that says nothing of a customer. */
export const checkSummaries = { run: 'Check storage and index', steps: 'Check what comes next' } as const

const ALL: ReadonlySet<string> = new Set(Object.values(checkSummaries))

/** Whether a text is one of these sentences, to the letter. */
export const isCheckSummary = (text: string): boolean => ALL.has(text)
