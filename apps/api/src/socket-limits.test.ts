import { EventEmitter } from 'node:events'
import { expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { limitBuffer, limitMessages, MOST_BUFFERED } from './socket-limits.ts'

function fakeSocket() {
  const socket = Object.assign(new EventEmitter(), {
    OPEN: 1, readyState: 1, bufferedAmount: 0, send: vi.fn<(text: string) => void>(), terminate: vi.fn<() => void>(),
    close: vi.fn<(code: number, reason: string) => void>(() => { socket.readyState = 2 }),
  })
  return { fake: socket, socket: socket as EventEmitter as WebSocket }
}

test('a reader that keeps up gets everything', () => {
  const { fake, socket } = fakeSocket()
  const { send } = fake
  limitBuffer(socket)
  socket.send('a')
  fake.bufferedAmount = MOST_BUFFERED
  socket.send('b')
  expect(send.mock.calls.map(([text]) => text)).toEqual(['a', 'b'])
  expect(fake.close).not.toHaveBeenCalled()
})

test('a reader with more than 4 MB unread is closed with 1013 and sent nothing more', () => {
  const { fake, socket } = fakeSocket()
  const { send } = fake
  limitBuffer(socket)
  fake.bufferedAmount = MOST_BUFFERED + 1
  socket.send('a')
  socket.send('b')
  expect(send).not.toHaveBeenCalled()
  expect(fake.close.mock.calls).toEqual([[1013, 'reading too slowly']])
})

test('a flood of messages ends the socket', () => {
  const { fake, socket } = fakeSocket()
  limitMessages(socket, { most: 3, windowMs: 60_000 })
  for (let n = 0; n < 3; n += 1) socket.emit('message', Buffer.from('PING'))
  expect(fake.close).not.toHaveBeenCalled()
  socket.emit('message', Buffer.from('PING'))
  expect(fake.close).toHaveBeenCalledWith(1008, 'too many messages')
})
