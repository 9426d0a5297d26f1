import { expect, test, vi } from 'vitest'
import type { Tx } from '@intellidocs/kernel'
import type { UserId } from '@intellidocs/contracts'
import { TOTP } from 'otpauth'
import type { PeopleDeps } from '../people.deps.ts'
import { secondFactorRepository, type SecondFactorRepository } from '../second-factor.repository.ts'
import { describeTotp, newTotpSecret } from '../totp.ts'
import { openTotpSecret, sealTotpSecret, takeCode } from './check-code.ts'

const [me, other] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as [UserId, UserId]
const [present, former] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const now = new Date('2026-11-22T08:00:00Z')
const secret = newTotpSecret()
const code = new TOTP({ secret: describeTotp(secret, 'a').secret }).generate({ timestamp: now.getTime() })

function deps(sealed: Uint8Array<ArrayBuffer>, { secretKeys = [present, former] as PeopleDeps['secretKeys'], refusals = 0 } = {}) {
  const spendStep = vi.fn<SecondFactorRepository['spendStep']>(() => Promise.resolve(true))
  const countRefusal = vi.fn<SecondFactorRepository['countRefusal']>(() => Promise.resolve())
  const factors = { ...secondFactorRepository, spendStep, countRefusal, find: () => Promise.resolve({ secret: sealed, confirmed: true, refusals }) }
  return { spendStep, countRefusal, deps: { secretKeys, factors, clock: { now: () => now } } as unknown as PeopleDeps }
}
const take = (of: PeopleDeps) => takeCode(of, {} as Tx, { userId: me, typed: code })

test('a secret that a former key sealed opens, and comes under the present one with its use', async () => {
  const { spendStep, deps: both } = deps(sealTotpSecret({ secretKeys: [former] }, me, secret))
  expect(await take(both)).toBe('totp')
  const written = spendStep.mock.calls[0]?.[1].secret ?? new Uint8Array()
  expect(openTotpSecret({ secretKeys: [present] }, me, written)).toEqual(secret)
})

test('a wrong code is counted, and writes nothing else', async () => {
  const { spendStep, countRefusal, deps: both } = deps(sealTotpSecret({ secretKeys: [present] }, me, newTotpSecret()))
  expect(await take(both)).toBeNull()
  expect(spendStep).not.toHaveBeenCalled()
  expect(countRefusal).toHaveBeenCalledTimes(1)
})

test.each([[49, 'totp'], [50, null]])('after %i refusals in a row the right code gives %s', async (refusals, by) => {
  const { spendStep, deps: both } = deps(sealTotpSecret({ secretKeys: [present] }, me, secret), { refusals })
  expect(await take(both)).toBe(by)
  expect(spendStep).toHaveBeenCalledTimes(by === null ? 0 : 1)
})

test('the sealed secret of one account does not open as that of another', async () => {
  const { deps: both } = deps(sealTotpSecret({ secretKeys: [present] }, other, secret))
  await expect(take(both)).rejects.toThrow('no key opens')
})
