import type { RelayPool } from './relay-pool.ts'
import { claim } from './relay-store.ts'
import type { Subscriber } from './subscriber.ts'
import type { RunAsSystem } from './unit-of-work.ts'

type Turn = { after: string | null }
type Taker = { readonly name: string; readonly room: number }

export type Looks = {
  /** Claims what is due and begins it; answers whether there may be more right now. */
  look(): Promise<boolean>
  /** Whether the last look left something for want of places; else a place that becomes free is no reason to look. */
  isShort(): boolean
}

export function createLooks({ system, pool, subscribers, concurrency, leaseMs }: {
  system: RunAsSystem; pool: Pick<RelayPool, 'size' | 'begin'>; subscribers: readonly Subscriber[]; concurrency: number; leaseMs: number
}): Looks {
  /** Whose turn it was last; the subscribers that say how many they take have turns of their own. */
  const [wide, narrow]: [Turn, Turn] = [{ after: null }, { after: null }]
  const takeAll = subscribers.filter(({ room }) => room === undefined).map(({ name }) => ({ name, room: concurrency }))
  const takeSome = subscribers.filter(({ room }) => room !== undefined)
  let looks = 0
  let short = false

  async function take({ turn, takers }: { turn: Turn; takers: readonly Taker[] }): Promise<boolean> {
    // As many as each of them takes; where that is few, the next look follows at once.
    const limit = Math.min(concurrency - pool.size(), ...takers.map(({ room }) => room))
    if (limit <= 0) short = true
    if (takers.length === 0 || limit <= 0) return false
    const claimed = await system((tx) => claim(tx, { subscribers: takers.map(({ name }) => name), limit, leaseMs, after: turn.after }))
    turn.after = claimed.after
    for (const delivery of claimed.deliveries) pool.begin(delivery)
    return claimed.more
  }

  return {
    isShort: () => short,
    async look() {
      short = pool.size() === concurrency
      if (short) return false
      const some = await Promise.all(takeSome.map(async ({ name, room }) => ({ name, room: await room?.() ?? concurrency })))
      short = some.some(({ room }) => room <= 0)
      const parts = [{ turn: wide, takers: takeAll }, { turn: narrow, takers: some.filter(({ room }) => room > 0) }]
      looks += 1
      let isMore = false
      // Apart, so that those that take few do not make every look short; the other way round each time, so that neither part takes all places for ever.
      for (const part of looks % 2 === 0 ? parts : parts.toReversed()) if (await take(part)) isMore = true
      return isMore
    },
  }
}
