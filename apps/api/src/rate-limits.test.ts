import { describe, expect, test } from 'vitest'
import { addressKey, createRateLimits, defaultRateLimits, type RateLimitSettings } from './rate-limits.ts'

const minute = (points: number) => ({ points, seconds: 60 })
const settings: RateLimitSettings = {
  actor: minute(3), address: minute(5),
  attempts: { ...defaultRateLimits.attempts, signIn: { pair: minute(2), account: minute(3), address: minute(4) } },
}
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
    const { attempts } = createRateLimits(settings)
    const attempt = () => attempts.attempt('signIn', from)
    const from = { ip: '192.0.2.1', account: 'a@example.test' }
    await attempt()
    await attempt()
    await attempts.succeeded('signIn', from)
    await attempt()
    await expect(attempt().then(attempt)).rejects.toEqual(limited)
  })

  test('the victim of guessing can still sign in from elsewhere', async () => {
    const { attempts } = createRateLimits(settings)
    const attack = () => attempts.attempt('signIn', { ip: '192.0.2.1', account: 'a@example.test' })
    await attack()
    await attack()
    await expect(attack()).rejects.toEqual(limited)
    await attempts.attempt('signIn', { ip: '192.0.2.9', account: 'a@example.test' })
  })

  test('who signed in of late from an address is not held back by guesses from others, and no more of theirs are allowed', async () => {
    const { attempts } = createRateLimits(settings)
    const account = 'a@example.test'
    const home = { ip: '192.0.2.9', account }
    await attempts.attempt('signIn', home)
    await attempts.succeeded('signIn', home)
    for (let n = 0; n < 3; n += 1) await attempts.attempt('signIn', { ip: `192.0.2.${n}`, account })
    await expect(attempts.attempt('signIn', { ip: '192.0.2.4', account })).rejects.toEqual(limited)
    await attempts.attempt('signIn', home)
    await attempts.attempt('signIn', home)
    await expect(attempts.attempt('signIn', home)).rejects.toEqual(limited)
  })

  test('guesses at one account from many addresses run out', async () => {
    const { attempts } = createRateLimits(settings)
    const tryFrom = (n: number) => attempts.attempt('signIn', { ip: `192.0.2.${n}`, account: 'a@example.test' })
    for (let n = 0; n < 3; n += 1) await tryFrom(n)
    await expect(tryFrom(4)).rejects.toEqual(limited)
    await attempts.attempt('signIn', { ip: '192.0.2.4', account: 'b@example.test' })
  })

  test('trying many accounts from one address runs out too', async () => {
    const { attempts } = createRateLimits(settings)
    const tryNumber = (n: number) => attempts.attempt('signIn', { ip: '192.0.2.1', account: `${n}@example.test` })
    for (let n = 0; n < 4; n += 1) await tryNumber(n)
    await expect(tryNumber(5)).rejects.toEqual(limited)
  })

  test('one deed does not use up what is allowed of another', async () => {
    const { attempts } = createRateLimits(settings)
    const from = { ip: '192.0.2.1', account: 'a@example.test' }
    for (let n = 0; n < 2; n += 1) await attempts.attempt('signIn', from)
    await expect(attempts.attempt('signIn', from)).rejects.toEqual(limited)
    await attempts.attempt('passwordReset', from)
  })
})

test('whether there is an attempt left is asked without making one', async () => {
  const { attempts } = createRateLimits()
  const from = { ip: '192.0.2.40', account: 'a link' }
  const { points } = defaultRateLimits.attempts.uploadWaste.pair
  for (let n = 0; n < points; n += 1) {
    await attempts.admit('uploadWaste', from)
    await attempts.attempt('uploadWaste', from)
  }
  await expect(attempts.admit('uploadWaste', from)).rejects.toMatchObject({ code: 'rate.limited' })
  await attempts.admit('uploadWaste', { ...from, account: 'another link' })
})
