import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const shape = /^idk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** A fresh key: 64 public bits that find the row, 256 secret bits of which only the SHA-256 is stored. `text` is shown once. */
export function mintApiKey(): { text: string; prefix: string; secretHash: string } {
  const prefix = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return { text: `idk_${prefix}_${secret}`, prefix, secretHash: hashSecret(secret) }
}

/** The two halves of `idk_<prefix>_<secret>`; null when the text is not of that shape. */
export function parseApiKey(text: string): { prefix: string; secret: string } | null {
  const match = shape.exec(text)
  const [, prefix, secret] = match ?? []
  return prefix === undefined || secret === undefined ? null : { prefix, secret }
}

/** As it is stored. */
export const hashSecret = (secret: string): string => digest(secret).toString('hex')

/** Compares in constant time. `storedHash: null` is an unknown prefix: false, after the same work. */
export function secretMatches(storedHash: string | null, secret: string): boolean {
  const stored = storedHash === null ? Buffer.alloc(32) : Buffer.from(storedHash, 'hex')
  const given = digest(secret)
  return stored.length === given.length && timingSafeEqual(stored, given) && storedHash !== null
}
