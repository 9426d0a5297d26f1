import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import type { auditContract } from '@intellidocs/contracts'
import type { z } from 'zod'

export type Checkpoint = z.infer<typeof auditContract.checkpoint>

/** Who signs. `publicKey` is the 32 bytes as base64url, `keyId` the first 16 hexadecimal digits of their SHA-256. */
export type Signer = { readonly keyId: string; readonly publicKey: string; sign(text: string): string }

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The Ed25519 key that these 32 bytes stand for; always the same one. */
export function signerFrom(seed: Buffer): Signer {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (x === undefined) throw new Error('an Ed25519 key without its public half')
  return { keyId: keyIdOf(x), publicKey: x, sign: (text) => sign(null, Buffer.from(text, 'utf8'), privateKey).toString('base64url') }
}

const keyIdOf = (publicKey: string): string => createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex').slice(0, 16)

function keyFrom(publicKey: string): KeyObject | null {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  } catch {
    return null // not the 32 bytes of a key: it has signed nothing
  }
}

/** Whether one of these public keys (base64url) has the id. */
export const isKeyOf = (publicKeys: readonly string[], keyId: string): boolean => publicKeys.some((publicKey) => keyIdOf(publicKey) === keyId)

/** Whether one of these public keys (base64url) has the id and signed the text. */
export function signedBy(publicKeys: readonly string[], signed: { text: string; keyId: string; signature: string }): boolean {
  const known = publicKeys.find((publicKey) => keyIdOf(publicKey) === signed.keyId)
  const key = known === undefined ? null : keyFrom(known)
  return key !== null && verify(null, Buffer.from(signed.text, 'utf8'), key, Buffer.from(signed.signature, 'base64url'))
}

type Unsigned = Omit<Checkpoint, 'signature' | 'keyId'>
const textOf = (it: Unsigned, keyId: string): string =>
  JSON.stringify(['intellidocs-checkpoint-1', it.org, it.seal, it.seq, it.hash, it.at, keyId])

export const signCheckpoint = (signer: Signer, it: Unsigned): Checkpoint =>
  ({ org: it.org, seal: it.seal, seq: it.seq, hash: it.hash, at: it.at, keyId: signer.keyId, signature: signer.sign(textOf(it, signer.keyId)) })

export const verifyCheckpoint = (publicKeys: readonly string[], it: Checkpoint): boolean =>
  signedBy(publicKeys, { text: textOf(it, it.keyId), keyId: it.keyId, signature: it.signature })
