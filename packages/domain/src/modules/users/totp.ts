import { randomBytes } from 'node:crypto'
import { hashToken } from '@intellidocs/kernel'
import { Secret, TOTP } from 'otpauth'

/** What every authenticator app understands (RFC 6238 with its defaults). */
const form = { issuer: 'IntelliDocs', algorithm: 'SHA1', digits: 6, period: 30 } as const
/** RFC 4226 recommends 160 bits. */
const SECRET_BYTES = 20
/** Clocks of telephones are off by a little: one step before and after the present one. */
const WINDOW = 1
const RECOVERY_CODES = 10
/** 80 bits, so that a fast hash is enough to store them. */
const RECOVERY_BYTES = 10

export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES)

const secretOf = (bytes: Uint8Array): Secret => new Secret({ buffer: Uint8Array.from(bytes).buffer })

/** For an authenticator app: Base32 to type, and `otpauth://totp/…` for its camera. `account` is what the app shows. */
export function describeTotp(bytes: Uint8Array, account: string): { secret: string; uri: string } {
  const secret = secretOf(bytes)
  return { secret: secret.base32, uri: new TOTP({ ...form, label: account, secret }).toString() }
}

/** The step (30 s each since 1970) whose code this is, if that is the present one or a neighbour; null for any other code. */
export function stepOfCode(bytes: Uint8Array, code: string, now: Date): number | null {
  const timestamp = now.getTime()
  const delta = TOTP.validate({ ...form, token: code, secret: secretOf(bytes), timestamp, window: WINDOW })
  return delta === null ? null : TOTP.counter({ period: form.period, timestamp }) + delta
}

/** Six digits, blanks between them left out; null for something else. */
export function totpCode(typed: string): string | null {
  const digits = typed.replaceAll(/\s/g, '')
  return /^\d{6}$/.test(digits) ? digits : null
}

/** Ten codes such as `ABCD-EFGH-IJKL-MNOP`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => secretOf(randomBytes(RECOVERY_BYTES)).base32.replaceAll(/(.{4})(?=.)/g, '$1-'))
}

/** As it is stored; capitals, dashes and blanks do not matter. */
export const hashRecoveryCode = (typed: string): string => hashToken(typed.replaceAll(/[\s-]/g, '').toUpperCase())
