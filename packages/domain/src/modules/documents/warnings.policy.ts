import { maxWarningNames, maxWarningRanges, type PageRange, type Warning, type WarningReason } from '@intellidocs/contracts'

/** Pages one after the other as ranges; numbers may come in any order, and more than once. */
function rangesOf(ranges: readonly PageRange[]): PageRange[] {
  const joined: PageRange[] = []
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last.to + 1) joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else joined.push({ from, to })
  }
  return joined
}

/** One warning a reason, in the order in which reasons come; pages and names once each, as many as are told at most. */
export function mergeWarnings(warnings: readonly Warning[]): Warning[] {
  const byReason = Map.groupBy(warnings, ({ reason }) => reason)
  return [...byReason].map(([reason, same]) => ({
    reason, pages: rangesOf(same.flatMap(({ pages }) => pages)).slice(0, maxWarningRanges),
    names: [...new Set(same.flatMap(({ names }) => names))].slice(0, maxWarningNames),
  }))
}

/** Warnings of single pages as one of the whole file. */
export const warningOf = (number: number, reason: WarningReason): Warning => ({ reason, pages: [{ from: number, to: number }], names: [] })
