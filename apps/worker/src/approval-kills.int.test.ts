import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { FlowRunId, FlowTask, Verdict } from '@intellidocs/contracts'
import { AppError, newId, type Actor } from '@intellidocs/kernel'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openFlows, type Flows } from './flows.testkit.ts'
import { testSecretKey, until } from './test-house.ts'

/** Real workers that are killed, and whoever decides meanwhile. */
let flows: Flows
const children = new Set<ChildProcess>()
beforeAll(async () => { flows = await openFlows() })
afterEach(() => { for (const child of children) child.kill('SIGKILL') })
afterAll(() => flows.close())

function start(failpoint = ''): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      PATH: process.env['PATH'] ?? '', HOME: flows.folder, DATA_DIR: flows.folder, LOG_LEVEL: 'error', DATABASE_URL: flows.url, BLOBS: `file:${join(flows.folder, 'blobs')}`,
      SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'docs@example.org', SECRET_KEY: testSecretKey.toString('hex'), TEMPORAL_ADDRESS: flows.temporal.address,
      TEMPORAL_NAMESPACE: flows.temporal.namespace, OCR_LANGS: 'eng', FAILPOINT: failpoint,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** One worker after the other, each killed by its failpoint, and a last one that is not. Answers once that one has begun. */
async function killedAt(failpoints: readonly string[]): Promise<void> {
  for (const failpoint of failpoints) expect(await once(start(failpoint), 'exit')).toEqual([null, 'SIGKILL'])
  start()
}

const stage = (key: string, ask: readonly Actor[], given: Record<string, unknown> = {}) =>
  ({ key, name: key, ask: ask.map(({ userId }) => ({ user: userId })), decide: { rule: 'all' }, ...given })

type Ended = { readonly verdict: Verdict; readonly task: FlowTask; readonly won: boolean; readonly error?: AppError }
/** As somebody who means it: asks under one key until there is an answer. */
async function insist(who: Actor, task: FlowTask, verdict: Verdict): Promise<Ended> {
  const idempotencyKey = newId()
  try {
    await until(() => flows.decide(who, task, verdict, { idempotencyKey }), ({ status }) => status === 'decided')
    return { verdict, task, won: true }
  } catch (error) {
    if (error instanceof AppError) return { verdict, task, won: false, error }
    throw error
  }
}

/** Without the certificate, which is issued when its rows are sealed. */
const rowsOf = (id: FlowRunId) => flows.inOrg(flows.owner, (tx) => tx.$queryRaw<{ action: string; taskId: string | null }[]>`
  select action, data->>'taskId' as "taskId" from audit
  where subject_type = 'flowRun' and subject_id = ${id} and action <> 'workflows.certificate-issued.v1' order by id`)

test('fifty callers at once on eight tasks, and a worker killed among them: one decision for each task, and each loser learns whose', async () => {
  const people = await flows.members(8)
  // Side by side, and a rejection ends nothing: each of the eight is decided, whatever becomes of the others.
  const parallel = people.map((who, n) => ({ key: `branch-${n}`, stages: [stage(`stage-${n}`, [who], { onReject: 'new-version' })] }))
  const flowId = await flows.publish({ stages: [{ parallel }] })
  const first = start()
  const { id: documentId } = await flows.document()
  const id = await flows.start(flowId, documentId)
  const tasks = await flows.asks(id, 8)
  first.kill('SIGKILL')
  await once(first, 'exit')
  // Killed after the third decision is in the database, before Temporal hears of it.
  const killed = killedAt(['after_decision:exit@3'])
  const callers = Array.from({ length: 50 }, (_, n) => ({ task: tasks[n % 8]!, verdict: (['approve', 'approve', 'approve', 'reject'] as const)[(n * 7) % 4] ?? 'approve' }))
  const ended = await Promise.all(callers.map(({ task, verdict }) => insist(people.find(({ userId }) => userId === task.assigneeId)!, task, verdict)))
  await killed
  const decided = (await flows.get(id)).steps.flatMap((step) => step.tasks).filter(({ state }) => state === 'decided')
  const recorded = (await rowsOf(id)).filter(({ action }) => action === 'workflows.task-decided.v1').map(({ taskId }) => taskId)
  expect(new Set(recorded)).toEqual(new Set(decided.map(({ id: taskId }) => taskId)))
  expect(recorded).toHaveLength(decided.length)
  expect([decided.length, ended.filter(({ won }) => won).length]).toEqual([8, 8])
  for (const { won, task, verdict, error } of ended) {
    const now = decided.find(({ id: taskId }) => taskId === task.id)
    if (won) expect(now?.decision?.verdict).toBe(verdict)
    else expect([error?.code, error?.details]).toEqual(['task.decided', expect.objectContaining({ decidedBy: now?.assigneeId, verdict: now?.decision?.verdict })])
  }
}, 600_000)

test('a worker killed at each step of a run, before and after it was written, loses and doubles nothing', async () => {
  const [a] = await flows.members(1)
  const flowId = await flows.publish({ stages: [stage('one', [a])], effects: { approved: [{ do: 'set', metadata: { approved: true } }, { do: 'hook', name: 'told' }] } })
  start()
  const documents = await Promise.all([1, 2, 3].map(() => flows.document()))
  for (const child of children) child.kill('SIGKILL')
  const ids = await Promise.all(documents.map(({ id }) => flows.start(flowId, id)))
  const killed = killedAt(['before_advance', 'after_advance', 'before_decision', 'after_decision', 'before_effect', 'after_effect'].map((place) => `${place}:exit`))
  await Promise.all(ids.map(async (id) => {
    const [task] = await flows.asks(id, 1)
    expect(await insist(a, task!, 'approve')).toMatchObject({ won: true })
    await until(() => flows.get(id), ({ effects }) => effects.length === 2 && effects.every(({ state }) => state === 'done'))
  }))
  await killed
  for (const [at, id] of ids.entries()) {
    expect(await flows.get(id)).toMatchObject({ state: 'approved', steps: [{ state: 'approved', tasks: [{ state: 'decided' }] }] })
    expect((await rowsOf(id)).map(({ action }) => action.slice('workflows.'.length, -3))).toEqual(['run-started', 'stage-opened', 'task-assigned', 'task-decided', 'stage-closed', 'run-ended', 'hook-asked'])
    expect(await flows.documents.get(flows.owner, { id: documents[at]!.id })).toMatchObject({ metadata: { approved: true } })
  }
}, 600_000)
