import { describe, expect, test } from 'vitest'
import { addressKey, createRateLimits, type RateLimitSettings } from './rate-limits.ts'

const minute = (points: number) => ({ points, seconds: 60 })
const settings: RateLimitSettings = { actor: minute(3), address: minute(5), signInPair: minute(2), signInAddress: minute(4) }
const limited = expect.objectContaining({ code: 'rate.limited', details: { retryAfterMs: expect.any(Number) as number } }) as Error

describe('addresses', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'], ['::ffff:192.0.2.1', '192.0.2.1'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'], ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'], ['', ''],
  ])('%j counts as %j', (ip, key) => {
    expect(addressKey(ip)).toBe(key)
  })
})

describe('limits', () => {
  test('an account is held back wherever it calls from, and another is not', async () => {
    const limits = createRateLimits(settings)
    for (const ip of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) await limits.countCall({ ip, userId: 'a' })
    await expect(limits.countCall({ ip: '192.0.2.4', userId: 'a' })).rejects.toEqual(limited)
    await limits.countCall({ ip: '192.0.2.4', userId: 'b' })
  })

  test('an address is held back whoever calls, before anything is looked up', async () => {
    const limits = createRateLimits(settings)
    for (let n = 0; n < 5; n += 1) await limits.countCall({ ip: '192.0.2.1', userId: null })
    await limits.admit('192.0.2.1')
    await expect(limits.countCall({ ip: '192.0.2.1', userId: null })).rejects.toEqual(limited)
    await expect(limits.admit('192.0.2.1')).rejects.toEqual(limited)
    await limits.admit('192.0.2.2')
  })

  test('neighbours in one IPv6 network share their allowance', async () => {
    const limits = createRateLimits(settings)
    for (let n = 0; n < 5; n += 1) await limits.countCall({ ip: `2001:db8:1:2::${n}`, userId: null })
    await expect(limits.countCall({ ip: '2001:db8:1:2:ffff::1', userId: null })).rejects.toEqual(limited)
  })

  test('guesses at one account from one address run out; signing in gives them back', async () => {
    const { signIn } = createRateLimits(settings)
    const from = { ip: '192.0.2.1', email: 'a@example.test' }
    await signIn.attempt(from)
    await signIn.attempt(from)
    await signIn.succeeded(from)
    await signIn.attempt(from)
    await expect(signIn.attempt(from).then(() => signIn.attempt(from))).rejects.toEqual(limited)
  })

  test('the victim of guessing can still sign in from elsewhere', async () => {
    const { signIn } = createRateLimits(settings)
    const attack = () => signIn.attempt({ ip: '192.0.2.1', email: 'a@example.test' })
    await attack()
    await attack()
    await expect(attack()).rejects.toEqual(limited)
    await signIn.attempt({ ip: '192.0.2.9', email: 'a@example.test' })
  })

  test('trying many accounts from one address runs out too', async () => {
    const { signIn } = createRateLimits(settings)
    const tryNumber = (n: number) => signIn.attempt({ ip: '192.0.2.1', email: `${n}@example.test` })
    for (let n = 0; n < 4; n += 1) await tryNumber(n)
    await expect(tryNumber(5)).rejects.toEqual(limited)
  })
})
