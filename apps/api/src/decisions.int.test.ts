import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'
import type { FlowTask } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { testTemporal } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startWorkerProcess, type WorkerProcess } from '../../worker/src/worker-process.testkit.ts'
import { data, mutate, query, SECRET_KEY, signIn, startTestApi, type TestApi } from './api.testkit.ts'

/** A decision over HTTP on a real Temporal, while no worker runs and while one does. */
let api: TestApi
let temporal: Awaited<ReturnType<typeof testTemporal>>
let headers: Record<string, string>
let client: IntelliDocsClient
let worker: WorkerProcess | undefined
let flowId: string

async function work(): Promise<void> {
  worker = await startWorkerProcess({
    HOME: api.dataDir, DATA_DIR: api.dataDir, DATABASE_URL: api.database.url, SECRET_KEY: SECRET_KEY.toString('hex'), INTELLIDOCS_EMBEDDED: '1',
    TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace,
  })
}
async function rest(): Promise<void> {
  await worker?.stop()
  worker = undefined
}

beforeAll(async () => {
  temporal = await testTemporal()
  api = await startTestApi({ temporal })
  headers = await signIn(api.url)
  client = createIntelliDocsClient({ url: api.url, token: headers['authorization']?.slice('Bearer '.length), org: 'main' })
  const spec = { name: 'Sign-off', fourEyes: false, stages: [{ key: 'one', name: 'One', ask: [{ role: 'owner' as const }], decide: { rule: 'any' as const } }] }
  const flow = await client.api.workflows.definitions.create.mutate({ spec })
  await client.api.workflows.definitions.publish.mutate({ id: flow.id })
  flowId = flow.id
  await work()
})
afterAll(async () => {
  await rest()
  await client.close()
  await api.close()
})

const soon = <T>(look: () => Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 50_000, interval: 100 })

/** A task of a run that has begun, and nobody who works. */
async function taskAtRest(name: string): Promise<FlowTask> {
  const { document } = await client.upload(new Blob([name]), { name })
  await soon(async () => expect(await client.api.documents.get.query({ id: document.id })).toMatchObject({ state: 'ready' }))
  await client.api.workflows.runs.start.mutate({ flowId, documentId: document.id })
  const [task] = await soon(async () => {
    const { items } = await client.api.workflows.tasks.list.query({ documentId: document.id, limit: 1 })
    expect(items).toHaveLength(1)
    return items
  })
  await rest()
  if (task === undefined) throw new Error('nobody is asked')
  return task
}
const requestOf = ({ id, contentSha256 }: FlowTask) => ({ id, verdict: 'approve' as const, contentSha256, comment: 'agreed', idempotencyKey: newId() })
const decidedOf = async (runId: string): Promise<number> => api.database.database.run({ kind: 'system' }, async (tx) =>
  (await tx.$queryRaw<unknown[]>`select 1 from event where type = 'workflows.task-decided.v1' and payload->>'runId' = ${runId}`).length)

test('while no worker runs a decision is accepted with 202, however often it is sent; the same key later tells the one result', async () => {
  const task = await taskAtRest('first.txt')
  const request = requestOf(task)
  for (const answer of await Promise.all([1, 2].map(() => mutate(api.url, 'workflows.tasks.decide', request, headers)))) {
    expect([answer.status, answer.body]).toEqual([202, { result: { data: { status: 'pending', taskId: task.id } } }])
  }
  expect(data<{ state: string }>(await query(api.url, 'workflows.runs.get', { id: task.runId }, headers)).state).toBe('running')
  expect(await decidedOf(task.runId)).toBe(0)
  await work()
  const settled = await soon(async () => {
    const answer = await mutate(api.url, 'workflows.tasks.decide', request, headers)
    expect(answer.status).toBe(200)
    return answer
  })
  expect(settled.body).toMatchObject({ result: { data: { status: 'decided', task: { id: task.id, state: 'decided', decision: { verdict: 'approve', comment: 'agreed' } } } } })
  expect((await mutate(api.url, 'workflows.tasks.decide', request, headers)).body).toEqual(settled.body)
  expect(await decidedOf(task.runId)).toBe(1)
})

test('the typed client answers pending and no error, and the result under the same key once somebody works', async () => {
  const task = await taskAtRest('second.txt')
  const request = requestOf(task)
  expect(await client.api.workflows.tasks.decide.mutate(request)).toEqual({ status: 'pending', taskId: task.id })
  await work()
  const settled = await soon(async () => {
    const answer = await client.api.workflows.tasks.decide.mutate(request)
    expect(answer.status).toBe('decided')
    return answer
  })
  expect(await client.api.workflows.tasks.decide.mutate(request)).toEqual(settled)
  await expect(client.api.workflows.tasks.decide.mutate({ ...request, verdict: 'reject' })).rejects.toMatchObject({ appCode: 'idempotency.mismatch' })
  await expect(client.api.workflows.tasks.decide.mutate({ ...request, idempotencyKey: newId() })).rejects.toMatchObject({ appCode: 'task.decided' })
  expect(await decidedOf(task.runId)).toBe(1)
})

test('with Temporal away altogether it is accepted as well, and recorded when it is back', async () => {
  const task = await taskAtRest('third.txt')
  const away = await startTestApi({ temporal: { address: '127.0.0.1:9', namespace: temporal.namespace }, beside: api })
  const request = requestOf(task)
  try {
    const answer = await mutate(away.url, 'workflows.tasks.decide', request, headers)
    expect([answer.status, answer.body]).toEqual([202, { result: { data: { status: 'pending', taskId: task.id } } }])
  } finally {
    await away.close()
  }
  await work()
  await soon(async () => expect((await mutate(api.url, 'workflows.tasks.decide', request, headers)).status).toBe(200))
  expect(await decidedOf(task.runId)).toBe(1)
})
