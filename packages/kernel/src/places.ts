/** A number of places for each of those who are named, of which each is taken by one at a time. */
export type Places = {
  /** False when all that are theirs are taken. */
  enter(whose: string): boolean
  leave(whose: string): void
}

export function createPlaces(most: number): Places {
  const taken = new Map<string, number>()
  return {
    enter: (whose) => {
      const before = taken.get(whose) ?? 0
      if (before >= most) return false
      taken.set(whose, before + 1)
      return true
    },
    leave: (whose) => {
      const after = (taken.get(whose) ?? 0) - 1
      if (after > 0) taken.set(whose, after)
      else taken.delete(whose)
    },
  }
}
