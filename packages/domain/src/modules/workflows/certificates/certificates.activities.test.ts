import { setImmediate as turn } from 'node:timers/promises'
import type { FlowRunId, OrgId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import { createCertificateActivities } from './certificates.activities.ts'
import type { Certificates } from './certificates.ts'
import type { Issued } from './issue-certificate.ts'

const orgId = newId() as OrgId
const run = (of = orgId) => ({ orgId: of, runId: newId() as FlowRunId })

/** What became of each, where `issue` answers so for each run. */
async function outcomes(runs: readonly ReturnType<typeof run>[], issue: Certificates['issue']): Promise<unknown[]> {
  const { issueCertificate } = createCertificateActivities({ issue }, { gatherMs: 0 })
  const all = await Promise.allSettled(runs.map((one) => issueCertificate(one)))
  return all.map((one) => (one.status === 'fulfilled' ? 'done' : one.reason))
}
const answering = (answer: Issued): Certificates['issue'] => (_, runIds) => Promise.resolve(runIds.map(() => answer))

test('it is done when there is a certificate, and when the run is gone', async () => {
  expect(await outcomes([run()], answering('issued'))).toEqual(['done'])
  expect(await outcomes([run()], answering('gone'))).toEqual(['done'])
})

test('it is tried again while rows are not sealed, and while the audit is broken', async () => {
  expect(await outcomes([run()], answering('not-yet'))).toMatchObject([{ type: 'NotSealed', nonRetryable: false }])
  expect(await outcomes([run()], () => Promise.reject(new Error('broken')))).toMatchObject([{ message: 'broken' }])
})

test('those that come close together are certified together, an organization and fifty at a time, and one batch after the other', async () => {
  const asked: [OrgId, number][] = []
  let atOnce = 0
  const other = newId() as OrgId
  const runs = [...Array.from({ length: 60 }, () => run()), run(other), run(other)]
  const done = await outcomes(runs, async (of, runIds) => {
    asked.push([of, runIds.length])
    atOnce += 1
    expect(atOnce).toBe(1)
    await turn()
    atOnce -= 1
    return runIds.map(() => 'issued')
  })
  expect(asked).toEqual([[orgId, 50], [orgId, 10], [other, 2]])
  expect(done).toEqual(runs.map(() => 'done'))
})

test('what is wrong with one is told to that one, and the others are certified', async () => {
  const [first, bad, last] = [run(), run(), run()]
  const issued: FlowRunId[] = []
  const done = await outcomes([first, bad, last], (_, runIds) => {
    if (runIds.includes(bad.runId)) return Promise.reject(new Error('contradicted'))
    issued.push(...runIds)
    return Promise.resolve(runIds.map(() => 'issued'))
  })
  expect(done).toMatchObject(['done', { message: 'contradicted' }, 'done'])
  expect(issued).toEqual([first.runId, last.runId])
})
