/** Optimal string alignment (Damerau 1964): letters that are wrong, missing, too many, or two that changed places. More than `most` is `most + 1`. */
export function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let [older, old]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      let best = Math.min(at(old, j) + 1, at(row, j - 1) + 1, at(old, j - 1) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      if (swapped) best = Math.min(best, at(older, j - 2) + 1)
      row.push(best)
    }
    if (Math.min(...row) > most) return most + 1
    ;[older, old] = [old, row]
  }
  return Math.min(at(old, b.length), most + 1)
}

const at = (row: readonly number[], j: number): number => row[j] ?? Infinity

/** Letters that may be wrong in a word of this length. */
export const tolerance = (word: string): number => (word.length <= 5 ? 1 : 2)
