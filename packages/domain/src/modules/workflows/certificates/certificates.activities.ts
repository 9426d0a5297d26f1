import { ApplicationFailure } from '@temporalio/activity'
import type { OrgId } from '@intellidocs/contracts'
import { createBatcher } from '@intellidocs/kernel'
import type { Certificates } from './certificates.ts'
import type { OfRun } from './certificates.types.ts'
import type { Issued } from './issue-certificate.ts'

export type CertificateActivities = {
  /** Fails, to be tried again, while a row about the run is not sealed: seconds, or as long as a transaction holds it back. */
  issueCertificate(run: OfRun): Promise<void>
}

/** Runs that end within this time are certified together: the audit is then sealed and signed once for them, which is most of the work. */
const GATHER_MS = 500
/** Of one organization together; each holds some 10 KB until it is written. */
const MOST_TOGETHER = 50

type Wanted = OfRun & { readonly done: PromiseWithResolvers<Issued> }

/** One batch at a time in a process: certificates of a crowd would be made all at once, and whoever decides meanwhile would wait for them. */
export function createCertificateActivities(certificates: Pick<Certificates, 'issue'>, { gatherMs = GATHER_MS } = {}): CertificateActivities {
  async function issueSome(orgId: OrgId, some: readonly Wanted[]): Promise<void> {
    try {
      const issued = await certificates.issue(orgId, some.map(({ runId }) => runId))
      for (const [n, { done }] of some.entries()) done.resolve(issued[n] ?? 'not-yet')
    } catch (error) {
      const [first, ...others] = some
      if (others.length === 0) first?.done.reject(error)
      // What is wrong with one of them is told to that one.
      else for (const one of some) await issueSome(orgId, [one])
    }
  }
  const batcher = createBatcher<Wanted>(async (batch) => {
    for (const [orgId, all] of Map.groupBy(batch, (wanted) => wanted.orgId)) {
      for (let from = 0; from < all.length; from += MOST_TOGETHER) await issueSome(orgId, all.slice(from, from + MOST_TOGETHER))
    }
  }, { gatherMs })
  return {
    async issueCertificate({ orgId, runId }) {
      const done = Promise.withResolvers<Issued>()
      batcher.add({ orgId, runId, done }).catch(done.reject)
      if (await done.promise === 'not-yet') throw ApplicationFailure.retryable('rows about the run are not sealed yet', 'NotSealed')
    },
  }
}
