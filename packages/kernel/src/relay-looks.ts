import type { RelayPool } from './relay-pool.ts'
import { claim, type RelayDatabase, type Wanted } from './relay-store.ts'
import type { Subscriber } from './subscriber.ts'

type Turn = { after: string | null }
type Taker = { readonly name: string; readonly room: number }
type Part = { readonly turn: Turn; readonly takers: readonly Taker[] }

export type Looks = {
  /** Claims what is due and begins it; answers whether there may be more right now. */
  look(): Promise<boolean>
  /** Whether the last look left something for want of places; else a place that becomes free is no reason to look. */
  isShort(): boolean
}

/** As many as each of them takes; where that is few, the next look follows at once. */
const roomOf = ({ takers }: Part): number => (takers.length === 0 ? 0 : Math.min(...takers.map(({ room }) => room)))

export function createLooks({ database, pool, subscribers, concurrency, leaseMs }: {
  database: RelayDatabase; pool: Pick<RelayPool, 'size' | 'begin'>; subscribers: readonly Subscriber[]; concurrency: number; leaseMs: number
}): Looks {
  /** Whose turn it was last; the subscribers that say how many they take have turns of their own. */
  const [wide, narrow]: [Turn, Turn] = [{ after: null }, { after: null }]
  const takeAll = subscribers.filter(({ room }) => room === undefined).map(({ name }) => ({ name, room: concurrency }))
  const takeSome = subscribers.filter(({ room }) => room !== undefined)
  let looks = 0
  let short = false

  /** What is free is shared before it is known who finds something: half for the second part at most, the rest for the first. */
  function wishesOf([first, second]: readonly [Part, Part], places: number): { turn: Turn; wish: Wanted }[] {
    const behind = Math.min(roomOf(second), Math.floor(places / 2))
    return [{ part: first, limit: Math.min(roomOf(first), places - behind) }, { part: second, limit: behind }].flatMap(({ part: { turn, takers }, limit }) => {
      if (takers.length > 0 && limit <= 0) short = true
      return limit <= 0 ? [] : [{ turn, wish: { subscribers: takers.map(({ name }) => name), limit, leaseMs, after: turn.after } }]
    })
  }

  return {
    isShort: () => short,
    async look() {
      short = pool.size() === concurrency
      if (short) return false
      const some = await Promise.all(takeSome.map(async ({ name, room }) => ({ name, room: await room?.() ?? concurrency })))
      short = some.some(({ room }) => room <= 0)
      const [all, few]: [Part, Part] = [{ turn: wide, takers: takeAll }, { turn: narrow, takers: some.filter(({ room }) => room > 0) }]
      looks += 1
      // Apart, so that those that take few do not make every look short; the other way round each time, so that neither part takes most places for ever.
      const wishes = wishesOf(looks % 2 === 0 ? [all, few] : [few, all], concurrency - pool.size())
      // Both in one round trip: a look is paid for whether it finds something or not. Nothing is begun before the leases are committed.
      const claims = await claim(database, wishes.map(({ wish }) => wish))
      for (const [at, { after, deliveries }] of claims.entries()) {
        const turn = wishes[at]?.turn
        if (turn !== undefined) turn.after = after
        for (const delivery of deliveries) pool.begin(delivery)
      }
      return claims.some(({ more }) => more)
    },
  }
}
