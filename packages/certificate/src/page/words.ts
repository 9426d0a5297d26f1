import type { Certificate } from '../certificate.ts'

type Rule = Certificate['stages'][number]['rule']
type Outcome = Certificate['run']['outcome']

/** The page is English, as the audit and the command line are: it is a proof between organizations, and its words are checked by none of them. */
export const titles: Readonly<Record<Outcome, string>> = {
  approved: 'Certificate of approval', rejected: 'Certificate of rejection', expired: 'Certificate of an expired run',
  withdrawn: 'Certificate of a withdrawn run', cancelled: 'Certificate of a cancelled run', failed: 'Certificate of a failed run',
}

export const verbs: Readonly<Record<Outcome, string>> = {
  approved: 'was approved', rejected: 'was rejected', expired: 'was not decided in time', withdrawn: 'was withdrawn before it was decided',
  cancelled: 'could not be decided, as the run was cancelled', failed: 'could not be decided, as the run failed',
}

/** Before the name of the requester. */
export const beganWith: Readonly<Record<Certificate['run']['began'], string>> = {
  request: 'Asked by', version: 'Began with a version of', change: 'Began with a change by', run: 'Began after a run of',
}

export const ends: Readonly<Record<Certificate['unheard'][number]['end'], string>> = {
  stage: 'gave no answer before the stage was decided', stale: 'gave no answer; the stage was asked anew', moved: 'was not asked any more; it went to somebody else, or was dropped',
  run: 'gave no answer before the run was over',
}

export const moment = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
export const longDay = (at: string): string => `${Number(at.slice(8, 10))}\u00a0${months[Number(at.slice(5, 7)) - 1] ?? ''}\u00a0${at.slice(0, 4)}`

/** Bytes with blanks between thousands. */
export const bytes = (size: number): string => `${String(size).replaceAll(/\B(?=(\d{3})+$)/g, ' ')} bytes`

const approvals = (count: number): string => (count === 1 ? 'one approval' : `${count} approvals`)

export function ruleInWords(rule: Rule): string {
  if (rule.rule === 'all') return 'everybody has to approve'
  if (rule.rule === 'any') return 'one approval is enough'
  if (rule.rule === 'quorum') return `${approvals(rule.approvals)} needed`
  return rule.approvals === undefined ? 'everybody has to approve, one rejection ends it' : `${approvals(rule.approvals)} needed, one rejection ends it`
}

export const stageOutcomes: Readonly<Record<Certificate['stages'][number]['outcome'], string>> = {
  approved: 'approved', rejected: 'rejected', expired: 'expired', stale: 'void', skipped: 'skipped, its condition did not hold',
}
