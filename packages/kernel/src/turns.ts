import { AppError } from './app-error.ts'

/** Lets so many work at a time and so many wait, of one no more than its part; refuses the rest. */
export function createTurns({ atOnce, mostWaiting, mostOfOne, what }: { atOnce: number; mostWaiting: number; mostOfOne: number; what: string }) {
  let working = 0
  const waiting: { readonly who: string; readonly go: () => void }[] = []
  return async <T>(who: string, work: () => Promise<T>): Promise<T> => {
    if (working >= atOnce) {
      const own = waiting.filter((one) => one.who === who).length
      if (waiting.length >= mostWaiting || own >= mostOfOne) throw new AppError('service.unavailable', { cause: new Error(`too many wait for ${what}`) })
      // Whoever is done hands the place on, so that nobody comes between.
      await new Promise<void>((go) => { waiting.push({ who, go }) })
    } else working += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) working -= 1
      else next.go()
    }
  }
}
