import { AppError } from '@intellidocs/kernel'

type Held = { working: number; readonly waiting: (() => void)[] }

/** Lets so many forms of one link be taken at a time and so many wait for their turn, with their senders held up. @throws AppError rate.limited for more */
export function createFormsRoom({ atOnce, mostWaiting }: { readonly atOnce: number; readonly mostWaiting: number }) {
  const links = new Map<string, Held>()
  return async (link: string, work: () => Promise<void>): Promise<void> => {
    const held = links.get(link) ?? { working: 0, waiting: [] }
    links.set(link, held)
    if (held.working < atOnce) held.working += 1
    else {
      if (held.waiting.length >= mostWaiting) throw new AppError('rate.limited', { details: { retryAfterMs: 10_000 } })
      // Whoever is done hands the place on, so that nobody comes between.
      await new Promise<void>((go) => { held.waiting.push(go) })
    }
    try {
      await work()
    } finally {
      const next = held.waiting.shift()
      if (next === undefined) held.working -= 1
      else next()
      if (held.working === 0) links.delete(link)
    }
  }
}
