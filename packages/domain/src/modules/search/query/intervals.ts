/** Numbers from `from` up to and without `to`. A set of them is sorted and free of overlaps. */
export type Interval = { readonly from: number; readonly to: number }
export type Intervals = readonly Interval[]

export const everything: Intervals = [{ from: -Infinity, to: Infinity }]

export function complement(set: Intervals): Intervals {
  const edges = [-Infinity, ...set.flatMap(({ from, to }) => [from, to]), Infinity]
  return edges.flatMap((from, at) => {
    const to = edges[at + 1]
    return at % 2 === 0 && to !== undefined && from < to ? [{ from, to }] : []
  })
}

export function union(...sets: readonly Intervals[]): Intervals {
  const joined: Interval[] = []
  for (const next of sets.flat().toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last !== undefined && next.from <= last.to) joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, next.to) }
    else joined.push(next)
  }
  return joined
}

export const intersection = (a: Intervals, b: Intervals): Intervals => complement(union(complement(a), complement(b)))

/** As a multirange of Postgres; `bound` writes a number as a value of its type. */
export const multirange = (set: Intervals, bound: (value: number) => string): string =>
  `{${set.filter(({ from, to }) => from < to).map(({ from, to }) => `${from === -Infinity ? '(' : `[${bound(from)}`},${to === Infinity ? '' : bound(to)})`).join(',')}}`
