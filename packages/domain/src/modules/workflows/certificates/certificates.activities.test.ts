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
