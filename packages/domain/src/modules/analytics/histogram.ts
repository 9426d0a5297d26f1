/**
 * Times in bins whose width grows with them, so that histograms of days add up to that of a year and a percentile of the sum is as good as one of a
 * day. Bin i holds what is above γ^(i-1) and up to γ^i milliseconds and is told as 2γ^i / (γ+1), which is off by the part `RELATIVE_ERROR` at most
 * (C. Masson, J. E. Rim, H. K. Lee: DDSketch, VLDB 2019, §2.1). Bin 0 is a millisecond or less.
 */
export const RELATIVE_ERROR = 0.05
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GAMMA = Math.log(GAMMA)
/** 24 years. */
const LAST_BIN = 275

export const binOf = (ms: number): number => (ms <= 1 ? 0 : Math.min(LAST_BIN, Math.ceil(Math.log(ms) / LOG_GAMMA)))

/** What a bin is told as, in milliseconds. */
export const msOf = (bin: number): number => (bin <= 0 ? 1 : (2 * GAMMA ** bin) / (GAMMA + 1))

export type Bins = ReadonlyMap<number, number>

/** The time that the given part did not exceed (nearest rank), in whole milliseconds; null of none. */
export function percentileOf(bins: Bins, part: number): number | null {
  const count = [...bins.values()].reduce((sum, n) => sum + n, 0)
  if (count <= 0) return null
  let left = Math.max(1, Math.ceil(count * part))
  for (const [bin, n] of [...bins].toSorted(([a], [b]) => a - b)) {
    left -= n
    if (left <= 0) return Math.round(msOf(bin))
  }
  return null
}
