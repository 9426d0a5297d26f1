import { setTimeout as delay } from 'node:timers/promises'

/**
 * Gathers items that come close together into one write: while a write is under way the next ones collect, and the first of a batch waits `gatherMs` for
 * others, 0 ms. `add` resolves when the item's own batch was written and rejects when that failed.
 */
export function createBatcher<T>(write: (batch: T[]) => Promise<unknown>, { gatherMs = 0 }: { gatherMs?: number } = {}): { add(item: T): Promise<void> } {
  let waiting: { items: T[]; written: Promise<void> } | undefined
  let last: Promise<unknown> = Promise.resolve()

  function next(): { items: T[]; written: Promise<void> } {
    const items: T[] = []
    const gathered = gatherMs === 0 ? last : Promise.all([last, delay(gatherMs)])
    const written = gathered.then(async () => {
      waiting = undefined
      await write(items)
    })
    // A failed write is told to those who wait for it; the next batch is written all the same.
    last = written.catch(() => undefined)
    return { items, written }
  }

  return {
    add: (item) => {
      waiting ??= next()
      waiting.items.push(item)
      return waiting.written
    },
  }
}
