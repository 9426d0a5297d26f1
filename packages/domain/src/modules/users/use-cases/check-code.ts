import type { UserId } from '@intellidocs/contracts'
import { decryptSecret, encryptSecret, type Tx } from '@intellidocs/kernel'
import type { PeopleDeps } from '../people.deps.ts'
import { hashRecoveryCode, stepOfCode, totpCode } from '../totp.ts'

/** Sealed for one account: the row of another cannot take its place. */
const purpose = (userId: UserId): string => `second-factor/${userId}`

export const sealTotpSecret = ({ secretKeys: [key] }: Pick<PeopleDeps, 'secretKeys'>, userId: UserId, secret: Buffer): Uint8Array<ArrayBuffer> =>
  new Uint8Array(encryptSecret(key, purpose(userId), secret))

export const openTotpSecret = ({ secretKeys }: Pick<PeopleDeps, 'secretKeys'>, userId: UserId, sealed: Uint8Array): Buffer =>
  decryptSecret(secretKeys, purpose(userId), sealed)

/** Takes a code of the second factor, or a recovery code, which is then used up. Null for any that does not open: wrong, too old, or taken before. */
export async function takeCode(deps: PeopleDeps, tx: Tx, { userId, typed }: { userId: UserId; typed: string }): Promise<'totp' | 'recovery' | null> {
  const factor = await deps.factors.find(tx, userId)
  if (factor === null || !factor.confirmed) return null
  const code = totpCode(typed)
  if (code === null) return await deps.factors.spendRecoveryCode(tx, userId, hashRecoveryCode(typed)) ? 'recovery' : null
  const secret = openTotpSecret(deps, userId, factor.secret)
  const step = stepOfCode(secret, code, deps.clock.now())
  if (step === null) return null
  return await deps.factors.spendStep(tx, { userId, step, secret: sealTotpSecret(deps, userId, secret) }) ? 'totp' : null
}
