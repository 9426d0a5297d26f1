/** What operators read of a run in Temporal's UI, unsealed: a closed list that says nothing of a customer. */
export const approvalSummaries = {
  run: 'Carry a document through a flow',
  advance: 'Look what is to be done and do it',
  decide: 'Record a decision',
  effects: 'Do what the end of the flow does',
  certificate: 'Issue the certificate of what was decided',
  answer: 'Answer who decided before going on',
  wait: 'Until the next reminder, escalation or deadline',
  digest: 'Tell people of their overdue tasks',
} as const

const ALL: ReadonlySet<string> = new Set(Object.values(approvalSummaries))

/** Whether a text is one of these sentences, to the letter. */
export const isApprovalSummary = (text: string): boolean => ALL.has(text)
