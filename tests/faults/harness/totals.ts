import { promiseLine, type Promises } from '../../../apps/cli/src/verify/report.ts'
import type { FaultResult } from './run-fault.ts'

export type Totals = { readonly faults: number; readonly rounds: number; readonly notKept: number; readonly skipped: number; readonly figures: Promises }

const zero: Promises = {
  acked: 0, lost: 0, searchable: 0, dup_hits: 0, orphan_blobs: 0, missing_blobs: 0, sha_mismatch: 0, decisions: 0, double: 0, events: 0, missing: 0,
  dup_effect: 0, foreign_reads: 0, stuck: 0,
}

/** The figures of all ledgers together. A fault whose ledger was never compared is one that is not kept. */
export function countTotals(results: readonly FaultResult[]): Totals {
  const figures = { ...zero }
  for (const { verified } of results) for (const name of Object.keys(zero) as (keyof Promises)[]) figures[name] += verified?.[name] ?? 0
  const skipped = results.filter((result) => result.skipped !== null).length
  const notKept = results.filter((result) => result.skipped === null && (result.problems.length > 0 || result.verified?.ok !== true)).length
  return { faults: results.length, rounds: results.reduce((sum, { rounds }) => sum + rounds, 0), notKept, skipped, figures }
}

export const totalLine = ({ faults, rounds, notKept, skipped, figures }: Totals): string =>
  `total: faults=${faults} rounds=${rounds} not_kept=${notKept} skipped=${skipped} | ${promiseLine(figures)}`
