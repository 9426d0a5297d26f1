import { signerFrom } from '@intellidocs/audit'
import { derivedKey } from '@intellidocs/kernel'
import type { CertificatesDeps } from './certificates.types.ts'

/** Keys for this purpose alone, derived from the secret key (32 bytes) and from those before it. */
export function certificateSigners({ secretKey, oldSecretKeys = [] }: { secretKey: Buffer; oldSecretKeys?: readonly Buffer[] | undefined }): CertificatesDeps['signers'] {
  const signer = (key: Buffer) => signerFrom(derivedKey(key, 'workflows/certificate'))
  return [signer(secretKey), ...oldSecretKeys.map(signer)]
}
