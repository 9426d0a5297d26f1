import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { ApiSocket, MOST_BUFFERED, MOST_MESSAGES } from './socket.ts'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** An open socket without a network: what would go there is told to `send`, `close` and `terminate`. */
function openSocket() {
  // As the server of `ws` makes it.
  const socket = Reflect.construct(ApiSocket, [null, undefined, {}]) as ApiSocket
  const state = { readyState: 1, bufferedAmount: 0 }
  Object.defineProperties(socket, { readyState: { get: () => state.readyState }, bufferedAmount: { get: () => state.bufferedAmount } })
  const send = vi.spyOn(WebSocket.prototype, 'send').mockReturnValue()
  const close = vi.spyOn(WebSocket.prototype, 'close').mockImplementation(() => { state.readyState = 2 })
  const terminate = vi.spyOn(WebSocket.prototype, 'terminate').mockReturnValue()
  return { socket, state, send, close, terminate }
}

test('a reader that keeps up gets everything', () => {
  const { socket, state, send, close } = openSocket()
  socket.send('a')
  state.bufferedAmount = MOST_BUFFERED
  socket.send('b')
  expect(send.mock.calls.map(([text]) => text)).toEqual(['a', 'b'])
  expect(close).not.toHaveBeenCalled()
})

test('a reader with more than 4 MB unread is closed with 1013 and sent nothing more', () => {
  const { socket, state, send, close, terminate } = openSocket()
  state.bufferedAmount = MOST_BUFFERED + 1
  socket.send('a')
  socket.send('b')
  expect(send).not.toHaveBeenCalled()
  expect(close.mock.calls).toEqual([[1013, 'reading too slowly']])
  expect(socket.closedWith).toBe(1013)
  vi.advanceTimersByTime(2000)
  expect(terminate).toHaveBeenCalled()
})

test('a flood of messages ends the socket; as many over a longer time do not', () => {
  const { socket, close } = openSocket()
  for (let n = 0; n < MOST_MESSAGES; n += 1) socket.heard()
  vi.advanceTimersByTime(10_001)
  for (let n = 0; n < MOST_MESSAGES; n += 1) socket.heard()
  expect(close).not.toHaveBeenCalled()
  socket.heard()
  expect(close).toHaveBeenCalledWith(1008, 'too many messages')
})

test('a silent client is asked once whether it is there, and cut when it does not answer', () => {
  const { socket, send, terminate } = openSocket()
  const looks = (seconds: number): void => {
    for (let n = 0; n < seconds; n += 1) {
      vi.advanceTimersByTime(1000)
      socket.keepAlive(Date.now())
    }
  }
  looks(25)
  expect(send).not.toHaveBeenCalled()
  looks(5)
  expect(send.mock.calls).toEqual([['PING']])
  socket.heard()
  looks(25)
  expect(send).toHaveBeenCalledTimes(1)
  looks(10)
  expect(send).toHaveBeenCalledTimes(2)
  expect(terminate).not.toHaveBeenCalled()
  looks(2)
  expect(terminate).toHaveBeenCalled()
})
