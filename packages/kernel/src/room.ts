import type { EventType } from '@intellidocs/contracts'
import type { Subscriber } from './subscriber.ts'

/** Places that subscribers share which wait for the same thing: when it does not answer, the other places of the relay are left to others. */
export type Room = { left(): number; enter(): void; leave(): void }

export function createRoom(places: number): Room {
  let taken = 0
  return {
    left: () => places - taken,
    enter: () => { taken += 1 },
    leave: () => { taken -= 1 },
  }
}

/** The subscriber, which takes a place of each of these rooms for every delivery and no more deliveries than there are places. */
export function within<T extends EventType>(rooms: readonly Room[], subscriber: Subscriber<T>): Subscriber<T> {
  return {
    ...subscriber,
    room: async () => Math.min(...rooms.map((room) => room.left())),
    handle: async (event, signal) => {
      for (const room of rooms) room.enter()
      try {
        await subscriber.handle(event, signal)
      } finally {
        for (const room of rooms) room.leave()
      }
    },
  }
}
