import { ApplicationFailure } from '@temporalio/activity'
import type { Certificates } from './certificates.ts'
import type { OfRun } from './certificates.types.ts'

export type CertificateActivities = {
  /** Fails, to be tried again, while a row about the run is not sealed: seconds, or as long as a transaction holds it back. */
  issueCertificate(run: OfRun): Promise<void>
}

/**
 * One at a time in a process: runs that ended between two seals would all be certified at once, and whoever decides meanwhile would wait for it. Each takes tens of milliseconds.
 */
export function createCertificateActivities(certificates: Pick<Certificates, 'issue'>): CertificateActivities {
  let last: Promise<unknown> = Promise.resolve()
  return {
    async issueCertificate({ orgId, runId }) {
      const issued = last.then(() => certificates.issue({ orgId, runId }))
      last = issued.catch(() => undefined)
      if (await issued === 'not-yet') throw ApplicationFailure.retryable('rows about the run are not sealed yet', 'NotSealed')
    },
  }
}
