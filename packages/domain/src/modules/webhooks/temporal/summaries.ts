/** What operators read of a run in Temporal's UI, unsealed: a closed list that says nothing of a customer. */
export const webhookSummaries = {
  run: 'Send what an endpoint is told',
  due: 'Send what is due',
  wait: 'Until the next try',
} as const

const ALL: ReadonlySet<string> = new Set(Object.values(webhookSummaries))

/** Whether a text is one of these sentences, to the letter. */
export const isWebhookSummary = (text: string): boolean => ALL.has(text)
