/** A number of places, of which each is taken by one at a time. */
export type Places = {
  /** False when all are taken. */
  enter(): boolean
  leave(): void
}

export function createPlaces(most: number): Places {
  let taken = 0
  return {
    enter: () => {
      if (taken >= most) return false
      taken += 1
      return true
    },
    leave: () => { taken -= 1 },
  }
}
