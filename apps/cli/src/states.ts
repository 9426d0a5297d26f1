import { reasons, warningReasons, type Document, type PageRange, type Warning } from '@intellidocs/contracts'
import { printable } from './output.ts'

type Known = Pick<Document, 'state' | 'reason' | 'progress'>

export const terminalStates: ReadonlySet<Document['state']> = new Set(['ready', 'failed', 'needs_password', 'cancelled'])

/** `ready`, `processing (ocr 3/12)`, `failed: cpu_limit`. */
export function describeState({ state, reason, progress }: Known): string {
  if (state === 'processing' && progress.stage) return `processing (${progress.stage} ${progress.pagesDone}/${progress.pages ?? '?'})`
  return reason && state !== 'cancelled' ? `${state}: ${reason}` : state
}

/** The sentence a person can act on. */
export const describeReason = ({ reason }: Pick<Document, 'reason'>): string => (reason ? reasons[reason] : '')

const rangeText = ({ from, to }: PageRange): string => (from === to ? `${from}` : `${from}–${to}`)

/** `Pages 3–5, 9: The text was recognized with little certainty.` One sentence a reason, with what it is about. */
export function describeWarnings({ warnings }: Pick<Document, 'warnings'>): string[] {
  return warnings.map(({ reason, pages, names }: Warning) => {
    const [first] = pages
    const one = pages.length === 1 && first?.from === first?.to
    const where = pages.length === 0 ? '' : `${one ? 'Page' : 'Pages'} ${pages.map(rangeText).join(', ')}: `
    return `${where}${warningReasons[reason]}${names.length === 0 ? '' : ` (${names.map(printable).join(', ')})`}`
  })
}
