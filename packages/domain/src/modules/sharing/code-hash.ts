import { createHmac, randomInt } from 'node:crypto'
import { derivedKey } from '@intellidocs/kernel'
import type { ShareId } from '@intellidocs/contracts'

const DIGITS = 8

/** Digits, as they are typed from a mail. */
export const newCode = (): string => String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0')

/** A code is short enough to be found from a plain hash by whoever sees the table: it is hashed with a key, for one link and one address. */
export const codeHashOf = (secretKey: Buffer, { shareId, email, code }: { shareId: ShareId; email: string; code: string }): string =>
  createHmac('sha256', derivedKey(secretKey, 'sharing.code')).update(JSON.stringify([shareId, email, code.replaceAll(/\D/g, '')])).digest('hex')
