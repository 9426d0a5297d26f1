import { randomBytes } from 'node:crypto'
import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'
import type { FlowTask } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { testTemporal } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startWorkerProcess, type WorkerProcess } from '../../worker/src/worker-process.testkit.ts'
import { mutate, query, data, signIn, startTestApi, type TestApi } from './api.testkit.ts'

/** Decisions over HTTP, on a real Temporal, while no worker runs; the last test starts one. */
const secretKey = randomBytes(32)
let api: TestApi
let temporal: Awaited<ReturnType<typeof testTemporal>>
let headers: Record<string, string>
let client: IntelliDocsClient
let requests: { raw: Request; typed: Request; away: Request }
let worker: WorkerProcess

type Request = ReturnType<typeof requestOf> & { readonly runId: string }
const requestOf = ({ id, contentSha256 }: FlowTask) => ({ id, verdict: 'approve' as const, contentSha256, comment: 'agreed', idempotencyKey: newId() })
const inputOf = ({ runId: _runId, ...input }: Request) => input
const soon = <T>(look: () => Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 50_000, interval: 100 })
const work = (): Promise<WorkerProcess> => startWorkerProcess({
  HOME: api.dataDir, DATA_DIR: api.dataDir, DATABASE_URL: api.database.url, SECRET_KEY: secretKey.toString('hex'), INTELLIDOCS_EMBEDDED: '1',
  TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace,
})

/** A run that asks the caller, and what they are going to say. */
async function asked(flowId: string, name: string): Promise<Request> {
  const { document } = await client.upload(new Blob([name]), { name })
  await soon(async () => expect(await client.api.documents.get.query({ id: document.id })).toMatchObject({ state: 'ready' }))
  await client.api.workflows.runs.start.mutate({ flowId, documentId: document.id })
  const [task] = await soon(async () => {
    const { items } = await client.api.workflows.tasks.list.query({ documentId: document.id, limit: 1 })
    expect(items).toHaveLength(1)
    return items
  })
  if (task === undefined) throw new Error('nobody is asked')
  return { ...requestOf(task), runId: task.runId }
}

beforeAll(async () => {
  temporal = await testTemporal()
  api = await startTestApi({ temporal, secretKey })
  headers = await signIn(api.url)
  client = createIntelliDocsClient({ url: api.url, token: headers['authorization']?.slice('Bearer '.length), org: 'main' })
  const spec = { name: 'Sign-off', fourEyes: false, stages: [{ key: 'one', name: 'One', ask: [{ role: 'owner' as const }], decide: { rule: 'any' as const } }] }
  const { id } = await client.api.workflows.definitions.create.mutate({ spec })
  await client.api.workflows.definitions.publish.mutate({ id })
  worker = await work()
  requests = { raw: await asked(id, 'first.txt'), typed: await asked(id, 'second.txt'), away: await asked(id, 'third.txt') }
  await worker.stop()
})
afterAll(async () => {
  await worker.stop()
  await client.close()
  await api.close()
})

const decidedOf = async (runId: string): Promise<number> => api.database.database.run({ kind: 'system' }, async (tx) =>
  (await tx.$queryRaw<unknown[]>`select 1 from event where type = 'workflows.task-decided.v1' and payload->>'runId' = ${runId}`).length)

test('without a worker a decision is accepted with 202, however often it is sent, and nothing is decided', async () => {
  const { raw } = requests
  for (const answer of await Promise.all([1, 2].map(() => mutate(api.url, 'workflows.tasks.decide', inputOf(raw), headers)))) {
    expect([answer.status, answer.body]).toEqual([202, { result: { data: { status: 'pending', taskId: raw.id } } }])
  }
  expect(data<{ state: string }>(await query(api.url, 'workflows.runs.get', { id: raw.runId }, headers)).state).toBe('running')
  expect(await decidedOf(raw.runId)).toBe(0)
})

test('the typed client answers pending, and throws nothing', async () => {
  const { typed } = requests
  expect(await client.api.workflows.tasks.decide.mutate(inputOf(typed))).toEqual({ status: 'pending', taskId: typed.id })
})

test('without Temporal itself a decision is accepted as well', async () => {
  const { away } = requests
  const alone = await startTestApi({ temporal: { address: '127.0.0.1:9', namespace: temporal.namespace }, beside: api, secretKey })
  try {
    const answer = await mutate(alone.url, 'workflows.tasks.decide', inputOf(away), headers)
    expect([answer.status, answer.body]).toEqual([202, { result: { data: { status: 'pending', taskId: away.id } } }])
  } finally {
    await alone.close()
  }
})

test('once a worker runs the same keys tell the one result of each; another word under a key, and another key, are refused', async () => {
  worker = await work()
  const { raw, typed, away } = requests
  for (const request of [raw, away]) {
    const settled = await soon(async () => {
      const answer = await mutate(api.url, 'workflows.tasks.decide', inputOf(request), headers)
      expect(answer.status).toBe(200)
      return answer
    })
    expect(settled.body).toMatchObject({ result: { data: { status: 'decided', task: { id: request.id, state: 'decided', decision: { verdict: 'approve', comment: 'agreed' } } } } })
    expect((await mutate(api.url, 'workflows.tasks.decide', inputOf(request), headers)).body).toEqual(settled.body)
  }
  const { decide } = client.api.workflows.tasks
  const settled = await soon(async () => {
    const answer = await decide.mutate(inputOf(typed))
    expect(answer.status).toBe('decided')
    return answer
  })
  expect(await decide.mutate(inputOf(typed))).toEqual(settled)
  await expect(decide.mutate({ ...inputOf(typed), verdict: 'reject' })).rejects.toMatchObject({ appCode: 'idempotency.mismatch' })
  await expect(decide.mutate({ ...inputOf(typed), idempotencyKey: newId() })).rejects.toMatchObject({ appCode: 'task.decided' })
  expect(await Promise.all([raw, typed, away].map(({ runId }) => decidedOf(runId)))).toEqual([1, 1, 1])
})
