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

function deps(sealed: Uint8Array<ArrayBuffer>, secretKeys: PeopleDeps['secretKeys'] = [present, former]) {
  const spendStep = vi.fn<SecondFactorRepository['spendStep']>(() => Promise.resolve(true))
  const factors = { ...secondFactorRepository, spendStep, find: () => Promise.resolve({ secret: sealed, confirmed: true }) }
  return { spendStep, deps: { secretKeys, factors, clock: { now: () => now } } as unknown as PeopleDeps }
}
const take = (of: PeopleDeps) => takeCode(of, {} as Tx, { userId: me, typed: code })

test('a secret that a former key sealed opens, and comes under the present one with its use', async () => {
  const { spendStep, deps: both } = deps(sealTotpSecret({ secretKeys: [former] }, me, secret))
  expect(await take(both)).toBe('totp')
  const written = spendStep.mock.calls[0]?.[1].secret ?? new Uint8Array()
  expect(openTotpSecret({ secretKeys: [present] }, me, written)).toEqual(secret)
})

test('a wrong code writes nothing', async () => {
  const { spendStep, deps: both } = deps(sealTotpSecret({ secretKeys: [present] }, me, newTotpSecret()))
  expect(await take(both)).toBeNull()
  expect(spendStep).not.toHaveBeenCalled()
})

test('the sealed secret of one account does not open as that of another', async () => {
  const { deps: both } = deps(sealTotpSecret({ secretKeys: [present] }, other, secret))
  await expect(take(both)).rejects.toThrow('no key opens')
})
