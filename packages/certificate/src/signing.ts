import { createHash } from 'node:crypto'
import { isKeyOf, signedBy, type Signer } from '@intellidocs/audit'
import canonicalize from 'canonicalize'
import { certificateFormat, certificateShape, type Certificate } from './certificate.ts'

/** What whoever issues one has to know. */
export type CertificateContent = Omit<Certificate, 'format' | 'keyId' | 'publicKey' | 'signature'>

/** RFC 8785: one spelling for one value, whoever writes it. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new Error('a value that JSON cannot say')
  return text
}

/** SHA-256 of a value in canonical JSON, such as the definition of a flow. */
export const canonicalSha256 = (value: unknown): string => createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex')

/**
 * The text of a certificate: canonical JSON, whose signature is over the canonical JSON of all the rest. Any implementation of RFC 8785 and of
 * Ed25519 can check it. Throws for content that is none.
 */
export function issueCertificate(signer: Signer, content: CertificateContent): string {
  const unsigned = { format: certificateFormat, ...content, keyId: signer.keyId, publicKey: signer.publicKey }
  return canonicalJson(certificateShape.parse({ ...unsigned, signature: signer.sign(canonicalJson(unsigned)) }))
}

/** What stands in the text of a certificate; null when it is none. Of its signature nothing is said. */
export function readCertificate(text: string): Certificate | null {
  try {
    return certificateShape.parse(JSON.parse(text))
  } catch {
    return null
  }
}

export type Signed = { readonly text: string; readonly keyId: string; readonly signature: string }
export type Standing = 'holds' | 'wrong' | 'unknown-key'

/** How a signature stands to the keys that are trusted. */
export const standingOf = (keys: readonly string[], signed: Signed): Standing =>
  (signedBy(keys, signed) ? 'holds' : isKeyOf(keys, signed.keyId) ? 'wrong' : 'unknown-key')

export function signedPart({ signature, ...unsigned }: Certificate): Signed {
  return { text: canonicalJson(unsigned), keyId: unsigned.keyId, signature }
}
