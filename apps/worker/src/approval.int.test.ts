import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFlows, type Flows } from './flows.testkit.ts'

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

test('a run asks whom its stage names, and ends with their decision, which its history tells', async () => {
  const [approver] = await flows.members(1)
  if (approver === undefined) throw new Error('nobody was made')
  const flowId = await flows.publish({ stages: [{ key: 'review', name: 'Review', ask: [{ user: approver.userId }], decide: { rule: 'all' } }] })
  const { id: documentId, sha256 } = await flows.document()
  const id = await flows.start(flowId, documentId)
  const [task] = await flows.asks(id, 1)
  if (task === undefined) throw new Error('nobody was asked')
  expect(task).toMatchObject({ assigneeId: approver.userId, contentSha256: sha256, stageName: 'Review', why: 'asked', state: 'open' })
  expect((await flows.tasks.list(approver, { limit: 10, state: 'open' })).counts).toEqual({ open: 1, overdue: 0 })
  expect(await flows.decide(approver, task, 'approve', { comment: 'fine' })).toMatchObject({ status: 'decided', task: { state: 'decided', decision: { verdict: 'approve', comment: 'fine' } } })
  expect(await flows.ended(id)).toMatchObject({ state: 'approved', reason: 'decided' })
  expect((await flows.eventsOf(documentId)).map(({ type }) => type)).toEqual([
    'workflows.run-started.v1', 'workflows.stage-opened.v1', 'workflows.task-assigned.v1', 'workflows.task-decided.v1', 'workflows.stage-closed.v1', 'workflows.run-ended.v1',
  ])
})
