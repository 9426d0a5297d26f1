import type { ScanState } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'

/**
 * How a new version begins. What was found in the same bytes `before`, or is still looked for, is looked for again, even where nobody scans any more:
 * then it waits until somebody does.
 */
export function scanOfNew({ scanning }: { readonly scanning?: boolean }, before: ScanState = 'none'): ScanState {
  if (scanning === true || before === 'waiting' || before === 'infected') return 'waiting'
  return before
}

/** Whether bytes and text may leave. */
export const isServable = ({ scan }: { readonly scan: ScanState }): boolean => scan === 'none' || scan === 'clean'

/** Called before bytes or text leave. @throws AppError document.unscanned, document.infected */
export function mustBeServable({ scan }: { readonly scan: ScanState }): void {
  if (scan === 'waiting') throw new AppError('document.unscanned')
  if (scan === 'infected') throw new AppError('document.infected')
}
