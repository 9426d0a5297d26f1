import type { OrgId, UserId } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import { expect, test } from 'vitest'
import { createStreamCounts } from './stream-counts.ts'

const orgId = '0193f0c2-0000-7000-8000-0000000000aa' as OrgId
const [me, somebody] = ['0193f0c2-0000-7000-8000-000000000001', '0193f0c2-0000-7000-8000-000000000002'] as [UserId, UserId]
const over = (userId: UserId, requestId: string): Actor => ({ ...testActor(orgId, userId, 'viewer'), requestId })
const limit = { code: 'stream.limit' }

test('a connection opens as many streams as it may, and again when some were closed', () => {
  const { take } = createStreamCounts({ perConnection: 2, perAccount: 10 })
  const release = take(over(me, 'a'))
  take(over(me, 'a'))
  expect(() => take(over(me, 'a'))).toThrow(expect.objectContaining(limit))
  take(over(me, 'b'))
  release()
  take(over(me, 'a'))
  expect(() => take(over(me, 'a'))).toThrow(expect.objectContaining(limit))
})

test('an account opens as many streams as it may over all its connections, whatever others do', () => {
  const { take } = createStreamCounts({ perConnection: 10, perAccount: 3 })
  const releases = ['a', 'b', 'c'].map((requestId) => take(over(me, requestId)))
  expect(() => take(over(me, 'd'))).toThrow(expect.objectContaining(limit))
  take(over(somebody, 'e'))
  releases[0]?.()
  take(over(me, 'd'))
})

test('a refused stream counts nothing, and a stream that ends twice is counted off once', () => {
  const { take } = createStreamCounts({ perConnection: 2, perAccount: 3 })
  const releases = [take(over(me, 'a')), take(over(me, 'a'))]
  for (let n = 0; n < 5; n += 1) expect(() => take(over(me, 'a'))).toThrow(expect.objectContaining(limit))
  take(over(me, 'b'))
  releases[0]?.()
  releases[0]?.()
  take(over(me, 'b'))
  expect(() => take(over(me, 'b'))).toThrow(expect.objectContaining(limit))
})
