import type { FlowRunId, OrgId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import { createCertificateActivities } from './certificates.activities.ts'
import type { Issued } from './issue-certificate.ts'

const run = { orgId: newId() as OrgId, runId: newId() as FlowRunId }
const activity = (issued: Issued | Error): Promise<void> =>
  createCertificateActivities({ issue: () => (issued instanceof Error ? Promise.reject(issued) : Promise.resolve(issued)) }).issueCertificate(run)

test('it is done when there is a certificate, and when the run is gone', async () => {
  await expect(activity('issued')).resolves.toBeUndefined()
  await expect(activity('gone')).resolves.toBeUndefined()
})

test('it is tried again while rows are not sealed, and while the audit is broken', async () => {
  await expect(activity('not-yet')).rejects.toMatchObject({ type: 'NotSealed', nonRetryable: false })
  await expect(activity(new Error('broken'))).rejects.toThrow('broken')
})

test('there is one at a time, and one that fails keeps nobody waiting', async () => {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const { issueCertificate } = createCertificateActivities({
    issue: ({ runId }) => {
      begun.push(runId)
      return new Promise((resolve, reject) => { ends.push(() => { if (runId === 'first') reject(new Error('broken')); else resolve('issued') }) })
    },
  })
  const [first, second] = ['first', 'second'].map((runId) => issueCertificate({ ...run, runId: runId as FlowRunId }))
  await expect.poll(() => begun).toEqual(['first'])
  ends[0]?.()
  await expect(first).rejects.toThrow('broken')
  await expect.poll(() => begun).toEqual(['first', 'second'])
  ends[1]?.()
  await expect(second).resolves.toBeUndefined()
})
