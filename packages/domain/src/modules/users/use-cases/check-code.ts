import type { UserId } from '@intellidocs/contracts'
import { decryptSecret, encryptSecret, type Tx } from '@intellidocs/kernel'
import type { PeopleDeps } from '../people.deps.ts'
import type { StoredFactor } from '../second-factor.repository.ts'
import { hashRecoveryCode, stepOfCode, totpCode } from '../totp.ts'

/**
 * Refusals in a row after which six digits open nothing more, until a recovery code or a reset of the password: whoever guesses has a chance of
 * 50 × 3 codes in 10⁶, however long they take and from wherever.
 */
const MAX_REFUSALS = 50

/** Sealed for one account: the row of another cannot take its place. */
export const factorPurpose = (userId: UserId): string => `second-factor/${userId}`

export const sealTotpSecret = ({ secretKeys: [key] }: Pick<PeopleDeps, 'secretKeys'>, userId: UserId, secret: Buffer): Uint8Array<ArrayBuffer> =>
  new Uint8Array(encryptSecret(key, factorPurpose(userId), secret))

export const openTotpSecret = ({ secretKeys }: Pick<PeopleDeps, 'secretKeys'>, userId: UserId, sealed: Uint8Array): Buffer =>
  decryptSecret(secretKeys, factorPurpose(userId), sealed)

/**
 * Takes a code of the second factor, or a recovery code, which is then used up. Null for any that does not open: wrong, too old, taken before, or
 * one refusal too many; the unit that counts it must be committed. The account is locked.
 */
export async function takeCode(deps: PeopleDeps, tx: Tx, { userId, typed }: { userId: UserId; typed: string }): Promise<'totp' | 'recovery' | null> {
  const factor = await deps.factors.find(tx, userId)
  if (factor === null || !factor.confirmed) return null
  const code = totpCode(typed)
  const by = code === null ? await takeRecoveryCode(deps, tx, { userId, typed }) : await takeStep(deps, tx, { userId, factor, code })
  if (by === null) await deps.factors.countRefusal(tx, userId)
  return by
}

async function takeRecoveryCode(deps: PeopleDeps, tx: Tx, { userId, typed }: { userId: UserId; typed: string }): Promise<'recovery' | null> {
  if (!await deps.factors.spendRecoveryCode(tx, userId, hashRecoveryCode(typed))) return null
  await deps.factors.clearRefusals(tx, userId)
  return 'recovery'
}

async function takeStep(deps: PeopleDeps, tx: Tx, { userId, factor, code }: { userId: UserId; factor: StoredFactor; code: string }): Promise<'totp' | null> {
  if (factor.refusals >= MAX_REFUSALS) return null
  const secret = openTotpSecret(deps, userId, factor.secret)
  const step = stepOfCode(secret, code, deps.clock.now())
  if (step === null) return null
  return await deps.factors.spendStep(tx, { userId, step, secret: sealTotpSecret(deps, userId, secret) }) ? 'totp' : null
}
