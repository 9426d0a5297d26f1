import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

const VERSION = 1
const NONCE = 12
const TAG = 16

/** Keys of purposes that are remembered: most are few and asked for with each payload of Temporal; those of single accounts are many and rare. */
const REMEMBERED = 64
const derived = new WeakMap<Buffer, Map<string, Buffer>>()

/** A key of its own (32 bytes, by HKDF) for each purpose, so that what was sealed for one can never be opened as another. It is shared: never to be written to. */
export function derivedKey(secretKey: Buffer, purpose: string): Buffer {
  let keys = derived.get(secretKey)
  if (keys === undefined) derived.set(secretKey, keys = new Map())
  let key = keys.get(purpose)
  if (key === undefined) {
    key = Buffer.from(hkdfSync('sha256', secretKey, Buffer.alloc(0), `intellidocs/${purpose}`, 32))
    const [oldest] = keys.size < REMEMBERED ? [] : keys.keys()
    if (oldest !== undefined) keys.delete(oldest)
    keys.set(purpose, key)
  }
  return key
}

/** AES-256-GCM under a key derived from the secret key (32 bytes) and `purpose`. Answers version (1) | nonce (12) | tag (16) | cipher text. */
export function encryptSecret(secretKey: Buffer, purpose: string, bytes: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', derivedKey(secretKey, purpose), nonce)
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()])
  return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), sealed])
}

/**
 * The bytes that `encryptSecret` sealed with one of these keys, the present one first. Throws when none opens them: another key, another purpose,
 * or a changed byte.
 */
export function decryptSecret(secretKeys: readonly Buffer[], purpose: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed)
  if (bytes.length < 1 + NONCE + TAG || bytes[0] !== VERSION) throw new Error('sealed bytes: unknown form')
  const failures: unknown[] = []
  for (const secretKey of secretKeys) {
    try {
      return open(secretKey, purpose, bytes)
    } catch (error) {
      failures.push(error)
    }
  }
  throw new Error('no key opens these sealed bytes', { cause: failures[0] })
}

/** What `encryptSecret` sealed, sealed by the first of these keys; null when it is already. Throws as `decryptSecret` does. */
export function resealSecret(secretKeys: readonly [Buffer, ...Buffer[]], purpose: string, sealed: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const [present] = secretKeys
  try {
    decryptSecret([present], purpose, sealed)
    return null
  } catch {
    // By an older one, or by none of them, which this throws for.
    return new Uint8Array(encryptSecret(present, purpose, decryptSecret(secretKeys, purpose, sealed)))
  }
}

function open(secretKey: Buffer, purpose: string, bytes: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', derivedKey(secretKey, purpose), bytes.subarray(1, 1 + NONCE), { authTagLength: TAG })
  decipher.setAuthTag(bytes.subarray(1 + NONCE, 1 + NONCE + TAG))
  return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE + TAG)), decipher.final()])
}

/** SHA-256 as 64 hexadecimal digits: what is stored of a random token. Not for passwords. */
export const hashToken = (token: string): string => hash('sha256', token)

/** Compares two hashes without telling by the time taken where they differ. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** `bytes` random bytes (default 32) as base64url. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('base64url')

/** Names a secret key without telling it: 12 hexadecimal digits, derived one way. Payloads that Temporal keeps bear it, so it stays as it is. */
export const secretKeyId = (secretKey: Buffer): string =>
  createHmac('sha256', secretKey).update('intellidocs/temporal.key-id').digest('hex').slice(0, 12)
