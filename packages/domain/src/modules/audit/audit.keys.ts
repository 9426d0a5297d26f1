import { createHmac, timingSafeEqual } from 'node:crypto'
import { signerFrom, type Signer } from '@intellidocs/audit'
import { derivedKey } from '@intellidocs/kernel'

/** What the database does not have, so that whoever can write to it cannot make a seal or a checkpoint. */
export type AuditKeys = {
  readonly signer: Signer
  /** Of every key that may have signed, the present one first. */
  readonly publicKeys: readonly string[]
  /** Of the same keys. */
  readonly keyIds: ReadonlySet<string>
  /** HMAC-SHA-256 of a seal's hash. */
  macOf(sealHash: Buffer): Buffer
  /** Whether the present key or one before it made this. */
  madeBy(sealHash: Buffer, mac: Buffer): boolean
}

/** Keys of their own for either purpose, derived from the secret key (32 bytes); the old ones only verify. */
export function createAuditKeys({ secretKey, oldSecretKeys = [] }: { secretKey: Buffer; oldSecretKeys?: readonly Buffer[] | undefined }): AuditKeys {
  const all = [secretKey, ...oldSecretKeys]
  const macKeys = all.map((key) => derivedKey(key, 'audit/seal'))
  const mac = (key: Buffer, hash: Buffer): Buffer => createHmac('sha256', key).update(hash).digest()
  const signer = signerFrom(derivedKey(secretKey, 'audit/checkpoint'))
  const signers = [signer, ...oldSecretKeys.map((key) => signerFrom(derivedKey(key, 'audit/checkpoint')))]
  const [present = secretKey] = macKeys
  return {
    signer,
    publicKeys: signers.map(({ publicKey }) => publicKey),
    keyIds: new Set(signers.map(({ keyId }) => keyId)),
    macOf: (hash) => mac(present, hash),
    madeBy: (hash, given) => macKeys.some((key) => given.length === 32 && timingSafeEqual(mac(key, hash), given)),
  }
}
