import type { OrgId, UserId } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { AppError } from './app-error.ts'
import { deliver, failureReason, retryDelayMs } from './relay-delivery.ts'
import { subscriber, type CommittedEvent } from './subscriber.ts'

const event: CommittedEvent = { id: 1n, orgId: 'o' as OrgId, type: 'orgs.created.v1', actorId: 'u' as UserId, at: new Date(0), payload: {} }
const of = (handle: (signal: AbortSignal) => Promise<void>) =>
  subscriber({ name: 'test.s', events: ['orgs.created.v1'], handle: (_event, signal) => handle(signal) })

test('the wait doubles with each try, is never longer than an hour and a half, and differs between deliveries', () => {
  expect([1, 2, 3, 11].map((attempts) => retryDelayMs(attempts, 0.5))).toEqual([2_000, 4_000, 8_000, 2_048_000])
  expect(retryDelayMs(12, 0)).toBe(1_800_000)
  expect(retryDelayMs(40, 0.999_999)).toBeLessThanOrEqual(5_400_000)
  expect(retryDelayMs(1, 0)).toBe(1_000)
})

test('the reason kept for a failure has no stack, no NUL and an end', () => {
  expect(failureReason(new AppError('storage.full'))).toBe('AppError storage.full: The storage is full; nothing was saved. Try again later.')
  expect(failureReason(new Error(`a\u0000b${'x'.repeat(5_000)}`))).toHaveLength(1_000)
  expect(failureReason(new Error('a\u0000b'))).toBe('Error: ab')
  expect(failureReason('text')).toBe('text')
})

test('a subscriber that does not come back is given up and told so', async () => {
  let told: AbortSignal | undefined
  const stuck = of((signal) => { told = signal; return new Promise(() => undefined) })
  await expect(deliver(stuck, event, { timeoutMs: 5, signal: new AbortController().signal })).rejects.toThrow('no answer within 5 ms')
  expect(told?.aborted).toBe(true)
})

test('a subscriber that throws before it becomes a promise is a failed delivery too', async () => {
  const rude = of(() => { throw new Error('at once') })
  await expect(deliver(rude, event, { timeoutMs: 1_000, signal: new AbortController().signal })).rejects.toThrow('at once')
})
