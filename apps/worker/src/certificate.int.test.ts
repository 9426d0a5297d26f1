import { readCertificate, verifyCertificate } from '@intellidocs/certificate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFlows, type Flows } from './flows.testkit.ts'
import { until } from './test-house.ts'

let flows: Flows
let running: Awaited<ReturnType<Flows['work']>>
beforeAll(async () => {
  flows = await openFlows()
  running = await flows.work()
})
afterAll(async () => {
  await running.stop()
  await flows.close()
})

test('a run that ends has its certificate soon after, over its sealed rows and the bytes that were decided on, though nobody asked for it', async () => {
  const [approver] = await flows.members(1)
  if (approver === undefined) throw new Error('nobody was made')
  const flowId = await flows.publish({ stages: [{ key: 'review', name: 'Review', ask: [{ user: approver.userId }], decide: { rule: 'all' } }] })
  const { id: documentId, sha256 } = await flows.document()
  const runId = await flows.start(flowId, documentId)
  const [task] = await flows.asks(runId, 1)
  if (task === undefined) throw new Error('nobody was asked')
  await flows.decide(approver, task, 'approve', { comment: 'fine' })
  const [body] = await until(
    () => flows.inOrg(flows.owner, (tx) => tx.$queryRaw<{ body: string }[]>`select body from flow_certificate where run_id = ${runId}::uuid`), (rows) => rows.length === 1)
  const keys = [flows.modules.workflows.certificates.key().publicKey]
  expect(await verifyCertificate(Buffer.from(body?.body ?? ''), { keys, document: sha256 ?? '' })).toMatchObject({ ok: true })
  expect(readCertificate(body?.body ?? '')).toMatchObject({
    run: { id: runId, outcome: 'approved', reason: 'decided', requester: { id: flows.editor.userId } }, document: { id: documentId, version: 1 },
    stages: [{ key: 'review', outcome: 'approved', counts: true }],
    decisions: [{ person: { id: approver.userId }, verdict: 'approve', contentSha256: sha256, secondFactor: false, via: 'session', comment: 'fine' }],
  })
  const actions = readCertificate(body?.body ?? '')?.audit.rows.map(({ action }) => action)
  expect(actions?.[0]).toBe('workflows.run-started.v1')
  expect(actions?.at(-1)).toBe('workflows.run-ended.v1')
})
