import { decryptSecret } from '@intellidocs/kernel'
import type { DocumentsDeps } from './documents.deps.ts'

/** Keeps sealed passwords of files apart from everything else that the secret key seals. */
export const passwordPurpose = 'documents.password'

/** What opens a version's file, where somebody gave it. */
export const passwordOf = ({ secretKey, oldSecretKeys = [] }: Pick<DocumentsDeps, 'secretKey' | 'oldSecretKeys'>, { passwordCipher }: { readonly passwordCipher: Uint8Array | null }): string | undefined =>
  (passwordCipher === null ? undefined : decryptSecret([secretKey, ...oldSecretKeys], passwordPurpose, passwordCipher).toString('utf8'))
