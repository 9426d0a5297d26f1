import type { RelayPool } from './relay-pool.ts'
import { claim, type Claimed } from './relay-store.ts'
import type { Subscriber } from './subscriber.ts'
import type { RunAsSystem, Tx } from './unit-of-work.ts'

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

  type Part = { readonly turn: Turn; readonly takers: readonly Taker[] }
  async function take(tx: Tx, { turn, takers }: Part, places: number): Promise<Claimed | null> {
    // As many as each of them takes; where that is few, the next look follows at once.
    const limit = Math.min(places, ...takers.map(({ room }) => room))
    if (limit <= 0) short = true
    return takers.length === 0 || limit <= 0 ? null : claim(tx, { subscribers: takers.map(({ name }) => name), limit, leaseMs, after: turn.after })
  }

  /** Both parts in one transaction: a look is paid for whether it finds something or not. Nothing is begun before the leases are committed. */
  const takeOf = (parts: readonly Part[]): Promise<readonly { turn: Turn; claimed: Claimed }[]> => system(async (tx) => {
    const taken: { turn: Turn; claimed: Claimed }[] = []
    let places = concurrency - pool.size()
    for (const part of parts) {
      const claimed = await take(tx, part, places)
      if (claimed === null) continue
      places -= claimed.deliveries.length
      taken.push({ turn: part.turn, claimed })
    }
    return taken
  })

  return {
    isShort: () => short,
    async look() {
      short = pool.size() === concurrency
      if (short) return false
      const some = await Promise.all(takeSome.map(async ({ name, room }) => ({ name, room: await room?.() ?? concurrency })))
      short = some.some(({ room }) => room <= 0)
      const parts = [{ turn: wide, takers: takeAll }, { turn: narrow, takers: some.filter(({ room }) => room > 0) }]
      looks += 1
      // Apart, so that those that take few do not make every look short; the other way round each time, so that neither part takes all places for ever.
      const taken = await takeOf(looks % 2 === 0 ? parts : parts.toReversed())
      for (const { turn, claimed } of taken) {
        turn.after = claimed.after
        for (const delivery of claimed.deliveries) pool.begin(delivery)
      }
      return taken.some(({ claimed }) => claimed.more)
    },
  }
}
