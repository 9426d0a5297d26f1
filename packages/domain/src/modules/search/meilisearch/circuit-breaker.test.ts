import { expect, test } from 'vitest'
import { createCircuitBreaker } from './circuit-breaker.ts'

test('it opens after three failures in a row, lets one through after its rest, and closes when that one succeeds', () => {
  let at = 0
  const breaker = createCircuitBreaker({ clock: { now: () => new Date(at) } })
  breaker.failed()
  breaker.failed()
  breaker.succeeded()
  breaker.failed()
  breaker.failed()
  expect(breaker.allows()).toBe(true)
  breaker.failed()
  expect(breaker.allows()).toBe(false)
  at = 10_000
  expect([breaker.allows(), breaker.allows()]).toEqual([true, false])
  breaker.failed()
  at = 19_999
  expect(breaker.allows()).toBe(false)
  at = 20_000
  expect(breaker.allows()).toBe(true)
  breaker.succeeded()
  expect([breaker.allows(), breaker.allows()]).toEqual([true, true])
})
