/** 100 ns since 1601, against milliseconds since 1970. */
const [ticksAMs, epochMs] = [10_000n, 11_644_473_600_000n]

/** A moment as Windows counts it (FILETIME, [MS-DTYP] 2.3.3), in ISO 8601; '' where there is none. */
export function windowsTime(ticks: bigint): string {
  const moment = new Date(Number(ticks / ticksAMs - epochMs))
  return ticks === 0n || Number.isNaN(moment.getTime()) ? '' : moment.toISOString()
}
