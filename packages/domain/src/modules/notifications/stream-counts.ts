import { AppError, type Actor } from '@intellidocs/kernel'

/** Streams that may be open at a time. */
export type StreamLimits = {
  /** Over one connection; a page needs one. */
  readonly perConnection: number
  /** For one account, over all its connections, keys and organizations. */
  readonly perAccount: number
}

/** A stream costs some 20 KB of memory and a share of every event: room for all screens of a person, not for all of the process. */
export const defaultStreamLimits: StreamLimits = { perConnection: 20, perAccount: 500 }

export type StreamCounts = {
  /** Counts one more stream of the actor; throws `stream.limit`, and counts nothing, when there are too many. Answers how to count it off. */
  take(actor: Actor): () => void
}

/** Counts in this process's memory: with several API processes each allows its share. */
export function createStreamCounts({ perConnection, perAccount }: StreamLimits): StreamCounts {
  const accounts = createTally(perAccount)
  const connections = createTally(perConnection)
  return {
    take({ userId, requestId }) {
      accounts.assertRoom(userId)
      // An actor is made once a connection, and carries its id.
      connections.assertRoom(requestId)
      accounts.add(userId, 1)
      connections.add(requestId, 1)
      let counted = true
      return () => {
        if (!counted) return
        counted = false
        accounts.add(userId, -1)
        connections.add(requestId, -1)
      }
    },
  }
}

function createTally(most: number) {
  const open = new Map<string, number>()
  return {
    assertRoom(key: string): void {
      if ((open.get(key) ?? 0) >= most) throw new AppError('stream.limit', { details: { most } })
    },
    add(key: string, by: number): void {
      const count = (open.get(key) ?? 0) + by
      if (count === 0) open.delete(key)
      else open.set(key, count)
    },
  }
}
