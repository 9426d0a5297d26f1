import { reasons, type Document } from '@intellidocs/contracts'

type Known = Pick<Document, 'state' | 'reason' | 'progress'>

export const terminalStates: ReadonlySet<Document['state']> = new Set(['ready', 'failed', 'needs_password', 'cancelled'])

/** `ready`, `processing (ocr 3/12)`, `failed: cpu_limit`. */
export function describeState({ state, reason, progress }: Known): string {
  if (state === 'processing' && progress.stage) return `processing (${progress.stage} ${progress.pagesDone}/${progress.pages ?? '?'})`
  return reason && state !== 'cancelled' ? `${state}: ${reason}` : state
}

/** The sentence a person can act on. */
export const describeReason = ({ reason }: Pick<Document, 'reason'>): string => (reason ? reasons[reason] : '')
