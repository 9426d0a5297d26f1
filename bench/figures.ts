/** Rounded as a figure is told. */
export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits))

/** The middle one; of an even number of values the upper of the two; NaN of none. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** The value that the given part of the values does not exceed (nearest rank); null of none. */
export function percentile(values: readonly number[], part: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? null
}
