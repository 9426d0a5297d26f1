import { randomBytes } from 'node:crypto'
import { decryptSecret, encryptSecret, resealSecret } from '@intellidocs/kernel'
import { Webhook } from 'standardwebhooks'

/** Part of the key that secrets are sealed with; changing it makes every stored secret unreadable. */
export const SECRET_PURPOSE = 'webhook-secret'
/** The Standard Webhooks ask for 24 to 64. */
const SECRET_BYTES = 32

/** A new secret as it is shown once, `whsec_` and Base64. */
export const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`

export const sealSecret = (secretKey: Buffer, secret: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(encryptSecret(secretKey, SECRET_PURPOSE, Buffer.from(secret, 'utf8')))

/** Null when none of the keys opens it. */
export function openSecret(secretKeys: readonly Buffer[], sealed: Uint8Array): string | null {
  try {
    return decryptSecret(secretKeys, SECRET_PURPOSE, sealed).toString('utf8')
  } catch {
    return null
  }
}

/** The secret under the first key; null when it is under that already, or when none of the keys opens it. */
export function resealed(secretKeys: readonly [Buffer, ...Buffer[]], sealed: Uint8Array): Uint8Array<ArrayBuffer> | null {
  try {
    return resealSecret(secretKeys, SECRET_PURPOSE, sealed)
  } catch {
    return null
  }
}

export type Signed = { readonly id: string; readonly at: Date; readonly body: string }

/** The three headers of the Standard Webhooks. Each secret signs; a receiver is content with one signature that it can check. */
export function signatureHeaders(secrets: readonly string[], { id, at, body }: Signed): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  }
}
