import type { FlowRunId, OrgId, UserId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import { certificateSigners } from './certificate-keys.ts'
import { removeCertificatesOf } from './certificates.repository.ts'
import type { CertificatesDeps } from './certificates.types.ts'
import { issueCertificates, type Issued } from './issue-certificate.ts'
import { certificateFile, createPrint, readCertificate, type Asked, type CertificateFile } from './read-certificate.ts'

export type Certificates = {
  /** Of runs of one organization; see `issueCertificates`. */
  issue(orgId: OrgId, runIds: readonly FlowRunId[]): Promise<Issued[]>
  get(actor: Actor, input: { id: FlowRunId }): Promise<{ certificate: string; pdfPath: string; jsonPath: string }>
  /**
   * In the caller's unit: takes back those that name somebody who was erased. Whoever asks for one gets it issued again, with people as they are called then. Answers how many stay
   * as they are, because a legal hold is on their document.
   */
  takeBack(tx: Tx, orgId: OrgId, userId: UserId): Promise<number>
  file(actor: Actor, asked: Asked): Promise<CertificateFile>
  key(): { algorithm: 'Ed25519'; keyId: string; publicKey: string }
}

type Given = Omit<CertificatesDeps, 'signers'> & { readonly secretKey: Buffer; readonly oldSecretKeys?: readonly Buffer[] }

/** What runs came to, signed: issued when they end, read and printed when somebody asks. */
export function createCertificates({ secretKey, oldSecretKeys, ...given }: Given): Certificates {
  const deps = { ...given, signers: certificateSigners({ secretKey, oldSecretKeys }), print: createPrint() }
  const [{ keyId, publicKey }] = deps.signers
  return {
    issue: (orgId, runIds) => issueCertificates(deps, orgId, runIds),
    get: async (actor, { id }) => {
      const path = `/api/v1/runs/${id}/certificate?format=`
      return { certificate: await readCertificate(deps, actor, { id, format: 'json' }), pdfPath: `${path}pdf`, jsonPath: `${path}json` }
    },
    takeBack: (tx, orgId, userId) => removeCertificatesOf(tx, orgId, userId),
    file: (actor, asked) => certificateFile(deps, actor, asked),
    key: () => ({ algorithm: 'Ed25519', keyId, publicKey }),
  }
}
