/** All that can be wrong with a certificate; `at` names the place where there are several. */
export const findings = {
  'form': 'This is no certificate, or so much of it was changed that it cannot be read as one.',
  'spelling': 'The text is not spelled as it was issued, even where it says the same.',
  'signature.wrong': 'What the certificate says is not what was signed.',
  'signature.unknown-key': 'It is signed with a key that was not given as one to trust.',
  'page.changed': 'The pages are not the ones that were issued; what they show proves nothing.',
  'page.unknown-key': 'The pages are signed with a key that was not given as one to trust.',
  'decision.other-bytes': 'A decision that the outcome counts was made on other bytes than the document’s, and the flow does not let such a one stand.',
  'stage.outcome': 'What a stage came to does not follow from who was asked in it and what they decided.',
  'run.outcome': 'The outcome does not follow from what the stages came to.',
  'document.different': 'The file is not the document that was decided on: its SHA-256 is another.',
  'audit.head': 'The head of the audit that it names was not signed with the audit’s key, or belongs to another organization.',
  'audit.export-broken': 'The export of the audit does not hold by itself.',
  'audit.other-org': 'The export of the audit is another organization’s.',
  'audit.missing': 'A row of the audit that it names is not in the export.',
  'audit.different': 'A row of the audit that it names is another one in the export.',
  'audit.contradicts': 'The audit says otherwise: a row of it has no such thing in the certificate, or tells it in another way.',
  'audit.silent': 'The audit has no row that tells of this.',
  'audit.head-different': 'The export was sealed under another head at the place that it names.',
} as const
export type FindingCode = keyof typeof findings
export type Finding = { readonly code: FindingCode; readonly problem: string; readonly at: string | null }

export const finding = (code: FindingCode, at: string | number | null = null): Finding =>
  ({ code, problem: findings[code], at: at === null ? null : String(at) })
