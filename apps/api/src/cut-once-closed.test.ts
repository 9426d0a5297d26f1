import { EventEmitter } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { cutOnceClosed } from './cut-once-closed.ts'

/** As much of a response as is asked for: that it ends, and how. */
function sending() {
  const events = new EventEmitter()
  const res = { cut: 0, once: (...given: Parameters<EventEmitter['once']>) => (events.once(...given), res), destroy: () => { res.cut += 1; events.emit('close'); return res }, end: () => events.emit('close') }
  return res as typeof res & Parameters<typeof cutOnceClosed>[0]
}

test('the next question is asked after the answer to the last, however long that takes', async () => {
  const res = sending()
  let [asking, most, asked] = [0, 0, 0]
  const over = cutOnceClosed(res, async () => {
    asked += 1
    most = Math.max(most, ++asking)
    await setTimeout(40)
    asking -= 1
    return asked < 4
  }, 5)
  await over
  expect([most, asked, res.cut]).toEqual([1, 4, 1])
})

test('what cannot be asked about is cut', async () => {
  const res = sending()
  await cutOnceClosed(res, () => Promise.reject(new Error('the database is away')), 1)
  expect(res.cut).toBe(1)
})

test('nothing is asked of what is over', async () => {
  const res = sending()
  let asked = 0
  const over = cutOnceClosed(res, async () => { asked += 1; return true }, 5)
  res.end()
  await over
  expect([asked, res.cut]).toEqual([0, 0])
})
