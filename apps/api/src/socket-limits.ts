import type { WebSocket } from 'ws'

/** What may wait in our memory for one reader, bytes. */
export const MOST_BUFFERED = 4 * 1024 * 1024
/** A reader that is too slow comes back with its last event id and reads the rest from the table. */
const TOO_SLOW = 1013
const POLICY = 1008
const GOODBYE_MS = 1000

/**
 * Closes, and cuts when the other side does not take part: what is buffered is only freed then. Nothing it still says is heard: calls of
 * somebody who just ignores the goodbye would otherwise be carried out with the rights they have lost.
 */
export function endSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== socket.OPEN) return
  socket.removeAllListeners('message')
  socket.close(code, reason)
  setTimeout(() => socket.terminate(), GOODBYE_MS).unref()
}

/** From now on nothing is sent to a reader that leaves more than `MOST_BUFFERED` unread; it is closed with 1013 instead. */
export function limitBuffer(socket: WebSocket, most: number = MOST_BUFFERED): void {
  const send = socket.send.bind(socket) as (...args: unknown[]) => void
  const guarded = (...args: unknown[]): void => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > most) endSocket(socket, TOO_SLOW, 'reading too slowly')
    else send(...args)
  }
  Object.defineProperty(socket, 'send', { value: guarded })
}

/** Calls are counted by the rate limits; this is for what never becomes a call: pings, stops, garbage. */
export function limitMessages(socket: WebSocket, { most = 600, windowMs = 10_000 }: { most?: number; windowMs?: number } = {}): void {
  let count = 0
  let since = Date.now()
  socket.on('message', () => {
    const now = Date.now()
    if (now - since > windowMs) {
      since = now
      count = 0
    }
    count += 1
    if (count > most) endSocket(socket, POLICY, 'too many messages')
  })
}
