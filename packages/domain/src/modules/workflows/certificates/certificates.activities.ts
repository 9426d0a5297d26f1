import { ApplicationFailure } from '@temporalio/activity'
import type { Certificates } from './certificates.ts'
import type { OfRun } from './certificates.types.ts'

export type CertificateActivities = {
  /** Fails, to be tried again, while a row about the run is not sealed: seconds, or as long as a transaction holds it back. */
  issueCertificate(run: OfRun): Promise<void>
}

export const createCertificateActivities = (certificates: Pick<Certificates, 'issue'>): CertificateActivities => ({
  async issueCertificate({ orgId, runId }) {
    if (await certificates.issue({ orgId, runId }) === 'not-yet') throw ApplicationFailure.retryable('rows about the run are not sealed yet', 'NotSealed')
  },
})
