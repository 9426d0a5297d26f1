import type { DocumentId, FlowId, FlowRunId, OrgId, UserId } from '@intellidocs/contracts'
import type { CommittedEvent } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import type { WorkflowsDeps } from './workflows.deps.ts'
import { createWorkflowsSubscribers } from './workflows.subscribers.ts'

const [id, userId] = ['0193f0c2-0000-7000-8000-0000000000aa', '0193f0c2-0000-7000-8000-000000000001' as UserId]
const withdrawn: CommittedEvent = {
  id: 1n, orgId: id as OrgId, type: 'workflows.run-ended.v1', actorId: userId, at: new Date(),
  payload: { runId: id as FlowRunId, documentId: id as DocumentId, flowId: id as FlowId, outcome: 'withdrawn', requesterId: userId },
}

test('while Temporal does not answer, what waits for it takes two places of the relay, whichever subscribers they are of', async () => {
  const answers = Promise.withResolvers<boolean>()
  const subscribers = createWorkflowsSubscribers({ runs: { isOpen: () => answers.promise } } as unknown as WorkflowsDeps)
  const rooms = () => Promise.all(subscribers.map(async ({ name, room }) => [name, await room?.() ?? null]))
  const names = ['workflows.drive-runs', 'workflows.follow-documents', 'workflows.forget-purged', 'workflows.follow-people']
  const left = (places: number) => [...names.map((name) => [name, places]), ['workflows.trigger-runs', null]]
  expect(await rooms()).toEqual(left(2))
  const { signal } = new AbortController()
  const drivers = subscribers.filter(({ name }) => name === 'workflows.drive-runs')
  const waiting = [...drivers, ...drivers].map((one) => one.handle(withdrawn, signal))
  expect(await rooms()).toEqual(left(0))
  answers.resolve(false)
  await Promise.all(waiting)
  expect(await rooms()).toEqual(left(2))
})
