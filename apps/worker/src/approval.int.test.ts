import type { FlowRunId } from '@intellidocs/contracts'
import { flowRunId } from '@intellidocs/domain/workflows/temporal'
import { newId } from '@intellidocs/kernel'
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

const stage = (key: string, ask: readonly { userId: string }[], given: Record<string, unknown> = {}) =>
  ({ key, name: `Stage ${key}`, ask: ask.map(({ userId }) => ({ user: userId })), decide: { rule: 'all' }, ...given })
const handleOf = (id: FlowRunId) => flows.client.workflow.getHandle(flowRunId(id))
const closed = (id: FlowRunId) => until(async () => (await handleOf(id).describe()).status.name, (status) => status !== 'RUNNING')
/** What Temporal lists lags behind by a second or so. */
const listed = (query: string, pleases: (ids: string[]) => boolean): Promise<string[]> => until(async () => {
  const ids: string[] = []
  for await (const run of flows.client.workflow.list({ query })) ids.push(run.workflowId)
  return ids
}, pleases)
/** Milliseconds as hours, which durations are given in. */
const ms = (count: number) => ({ hours: count / 3_600_000 })

/** Each payload anywhere in a history: its text where it can be read, else how it is encoded. Attributes to search by are ids and are left out. */
function payloadsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  const { metadata, data, searchAttributes: _ids, ...rest } = value as { metadata?: { encoding?: unknown } | null; data?: unknown; searchAttributes?: unknown }
  const encoding = metadata?.encoding instanceof Uint8Array ? Buffer.from(metadata.encoding).toString() : null
  const own = encoding === 'json/plain' && data instanceof Uint8Array ? Buffer.from(data).toString() : encoding
  return [...own === null ? [] : [own], ...Object.values(rest).flatMap(payloadsIn)]
}

test('a run asks whom its stages name, and ends with their decisions; operators see that it ran, and nothing of whose document it was', async () => {
  const [a, b] = await flows.members(2)
  const flowId = await flows.publish({ stages: [stage('review', [a]), stage('release', [b])], effects: { approved: [{ do: 'hook', name: 'released' }] } })
  const { id: documentId, sha256 } = await flows.document()
  const id = await flows.start(flowId, documentId)
  const [first] = await flows.asks(id, 1)
  expect(first).toMatchObject({ assigneeId: a.userId, contentSha256: sha256, stageName: 'Stage review', why: 'asked', state: 'open', flowName: expect.any(String) })
  expect((await flows.tasks.list(a, { limit: 10, state: 'open' })).counts).toEqual({ open: 1, overdue: 0 })
  expect(await flows.decide(a, first!, 'approve', { comment: 'Top Secret Merger' })).toMatchObject({ status: 'decided', task: { state: 'decided', decision: { verdict: 'approve', comment: 'Top Secret Merger' } } })
  const second = await until(() => flows.tasks.list(b, { limit: 10, state: 'open' }), ({ items }) => items.length === 1)
  await flows.decide(b, second.items[0]!)
  expect(await flows.ended(id)).toMatchObject({ state: 'approved', reason: 'decided' })
  await closed(id)
  expect((await flows.eventsOf(documentId)).map(({ type }) => type.slice('workflows.'.length, -3))).toEqual([
    'run-started', 'stage-opened', 'task-assigned', 'task-decided', 'stage-closed', 'stage-opened', 'task-assigned', 'task-decided', 'stage-closed', 'run-ended', 'hook-asked',
  ])
  expect(await listed(`DocumentId = '${documentId}' AND FlowRunId = '${id}'`, (ids) => ids.length > 0)).toEqual([flowRunId(id)])
  const payloads = payloadsIn(await handleOf(id).fetchHistory())
  expect(payloads.filter((payload) => payload === 'binary/encrypted').length).toBeGreaterThan(5)
  const open = new Set(payloads.filter((payload) => payload !== 'binary/encrypted'))
  const sentences = [
    'Carry a document through a flow', 'Look what is to be done and do it', 'Record a decision', 'Do what the end of the flow does', 'Issue the certificate of what was decided',
    'Answer who decided before going on',
  ]
  // Temporal's own marks of changes of the code.
  const marks = ['goes-on-at-once', 'answers-first'].map((id) => ({ id, deprecated: false }))
  expect(open).toEqual(new Set([...sentences, ...marks].map((said) => JSON.stringify(said))))
})

test('operators list runs by organization, document and state, and read what each waits for', async () => {
  const [a] = await flows.members(1)
  const flowId = await flows.publish({ stages: [stage('one', [a], { onReject: 'new-version', deadline: ms(3_600_000), onDeadline: 'expire' })] })
  const [{ id: first }, { id: second }] = [await flows.document(), await flows.document()]
  const [asking, waiting] = [await flows.start(flowId, first), await flows.start(flowId, second)]
  await flows.asks(asking, 1)
  const [task] = await flows.asks(waiting, 1)
  await flows.decide(a, task!, 'reject')
  const of = (state: string, documentId: string) => `WorkflowType = 'approval' AND OrgId = '${flows.owner.orgId}' AND FlowState = '${state}' AND DocumentId = '${documentId}'`
  const isThere = (ids: string[]): boolean => ids.length > 0
  expect(await listed(of('waiting', second), isThere)).toEqual([flowRunId(waiting)])
  expect(await listed(of('running', first), isThere)).toEqual([flowRunId(asking)])
  expect(await listed(of('running', second), (ids) => ids.length === 0)).toEqual([])
  const timers = (await handleOf(asking).fetchHistory()).events?.filter((event) => Boolean(event.timerStartedEventAttributes)) ?? []
  expect(new Set(timers.map(({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? []).toString()))).toEqual(new Set([JSON.stringify('Until the next reminder, escalation or deadline')]))
  await flows.runs.withdraw(flows.editor, { id: asking })
  expect(await listed(of('withdrawn', first), isThere)).toEqual([flowRunId(asking)])
  await flows.runs.withdraw(flows.editor, { id: waiting })
})

test('moments come by themselves: reminders, then more people, then the end of the deadline', async () => {
  const [a, b] = await flows.members(2)
  const given = { deadline: ms(12_000), onDeadline: 'expire', reminders: [{ before: ms(10_000) }], escalation: [{ after: ms(5_000), to: [{ user: b.userId }], how: 'add' }] }
  const flowId = await flows.publish({ stages: [stage('timed', [a], given)] })
  const { id: documentId } = await flows.document()
  const id = await flows.start(flowId, documentId)
  expect(await flows.ended(id)).toMatchObject({ state: 'expired', reason: 'deadline', steps: [{ state: 'expired' }] })
  const kinds = (await flows.eventsOf(documentId)).map(({ type }) => type.slice('workflows.'.length, -3))
  // A worker that looks late does both at once, and reminds whoever is asked by then.
  expect(kinds.filter((kind) => kind === 'task-assigned')).toHaveLength(2)
  expect(kinds).toContain('task-reminded')
  expect([kinds.indexOf('task-assigned') < kinds.indexOf('task-reminded'), kinds.slice(-2)]).toEqual([true, ['stage-closed', 'run-ended']])
})

test('a withdrawn run ends on Temporal as well, and so does one whose document is purged', async () => {
  const [a] = await flows.members(1)
  const flowId = await flows.publish({ stages: [stage('one', [a])] })
  const [{ id: first }, { id: second }] = [await flows.document(), await flows.document()]
  const [withdrawn, purged] = [await flows.start(flowId, first), await flows.start(flowId, second)]
  await Promise.all([flows.asks(withdrawn, 1), flows.asks(purged, 1)])
  await flows.runs.withdraw(flows.editor, { id: withdrawn })
  expect(await closed(withdrawn)).toBe('COMPLETED')
  await flows.documents.trash(flows.editor, { id: second })
  expect(await flows.ended(purged)).toMatchObject({ state: 'cancelled', reason: 'document' })
  await flows.documents.purge(flows.editor, { id: second })
  expect(await closed(purged)).toBe('COMPLETED')
})

test('a run that Temporal has lost goes on where its rows say that it stood, by a decision or by the reconciler', async () => {
  const [a, b] = await flows.members(2)
  const flowId = await flows.publish({ stages: [stage('one', [a]), stage('two', [b])] })
  const [byDecision, byChore] = [await flows.start(flowId, (await flows.document()).id), await flows.start(flowId, (await flows.document()).id)]
  for (const id of [byDecision, byChore]) {
    const [task] = await flows.asks(id, 1)
    await flows.decide(a, task!)
    await until(() => flows.get(id), (details) => flows.openTasks(details).some(({ assigneeId }) => assigneeId === b.userId))
    await handleOf(id).terminate('lost')
  }
  const [task] = await flows.asks(byDecision, 1)
  const idempotencyKey = newId()
  await until(() => flows.decide(b, task!, 'approve', { idempotencyKey }), ({ status }) => status === 'decided')
  expect(await flows.ended(byDecision)).toMatchObject({ state: 'approved' })
  const signal = new AbortController().signal
  await until(() => flows.modules.workflows.chores.reconcile(flows.gatewayOfRuns, { olderThanMs: -60_000, signal }), ({ begun }) => begun > 0)
  const [other] = await flows.asks(byChore, 1)
  await flows.decide(b, other!)
  expect(await flows.ended(byChore)).toMatchObject({ state: 'approved', steps: [{ stage: 'one' }, { stage: 'two' }] })
})

test('a version that comes while people are asked is asked about anew, by itself', async () => {
  const [a, b] = await flows.members(2)
  const flowId = await flows.publish({ stages: [stage('one', [a, b])] })
  const { id: documentId } = await flows.document()
  const id = await flows.start(flowId, documentId)
  const tasks = await flows.asks(id, 2)
  await flows.decide(a, tasks.find(({ assigneeId }) => assigneeId === a.userId)!)
  const next = await flows.upload(`other ${newId()}`, 'contract.txt', flows.editor, documentId)
  const again = await until(() => flows.get(id), (details) => flows.openTasks(details).filter(({ contentSha256 }) => contentSha256 === next.sha256).length === 2)
  for (const who of [a, b]) await flows.decide(who, flows.openTasks(again).find(({ assigneeId }) => assigneeId === who.userId)!)
  expect(await flows.ended(id)).toMatchObject({ state: 'approved' })
})

test('a decision while no worker runs is pending within seconds, and the same key tells later what came of it', async () => {
  const [a] = await flows.members(1)
  const flowId = await flows.publish({ stages: [stage('one', [a])] })
  const id = await flows.start(flowId, (await flows.document()).id)
  const [task] = await flows.asks(id, 1)
  await running.stop()
  const idempotencyKey = newId()
  try {
    expect(await flows.decide(a, task!, 'approve', { idempotencyKey })).toEqual({ status: 'pending', taskId: task!.id })
    expect((await flows.get(id)).state).toBe('running')
  } finally {
    running = await flows.work()
  }
  const answer = await until(() => flows.decide(a, task!, 'approve', { idempotencyKey }), ({ status }) => status === 'decided')
  expect(answer).toMatchObject({ task: { id: task!.id, decision: { verdict: 'approve' } } })
  expect(await flows.ended(id)).toMatchObject({ state: 'approved' })
  expect((await flows.eventsOf((await flows.get(id)).documentId)).filter(({ type }) => type === 'workflows.task-decided.v1')).toHaveLength(1)
})
