import { createHmac } from 'node:crypto'
import { derivedKey } from './crypto.ts'

/**
 * What stands for a name or an address where it must not stand itself: HMAC-SHA-256, 128 bits as hexadecimal digits, under a key derived from the secret
 * key (32 bytes). Without that key it cannot be turned back, nor tried with guessed names; with it one can tell whether it stands for a name that one
 * knows. The same name has another one in another organization.
 */
export const pseudonymOf = (secretKey: Buffer, { orgId, text }: { orgId: string; text: string }): string =>
  createHmac('sha256', derivedKey(secretKey, 'privacy/pseudonym')).update(`${orgId}\0${text}`).digest('hex').slice(0, 32)
