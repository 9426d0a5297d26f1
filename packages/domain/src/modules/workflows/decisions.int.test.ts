import type { DocumentId, FlowRunId, FlowTask } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRuns, stage, type Runs } from './runs.testkit.ts'

let runs: Runs
beforeAll(async () => { runs = await openRuns() })
beforeEach(() => { runs.temporal.answers = 'works' })
afterAll(() => runs.close())

const failing = (code: string, details?: Record<string, unknown>) => expect.objectContaining({ code, ...(details === undefined ? {} : { details: expect.objectContaining(details) }) })
const rows = () => runs.unit.runInTx(runs.owner, (tx) => tx.$queryRaw<{ taskId: string; state: string }[]>`select task_id::text as "taskId", state from flow_decision order by id`)

async function asking(people: readonly Actor[], given: Parameters<typeof stage>[2] = {}, flow: Parameters<Runs['publish']>[1] = {}) {
  const { id: documentId, sha256 } = await runs.document()
  const id = await runs.begin(await runs.publish([stage('one', people, given)], flow), documentId)
  return { id, documentId, sha256 }
}

describe('a decision', () => {
  test('is one for a task, of a hundred at once; each loser learns who decided, and how', async () => {
    const people = await runs.members(5)
    const { id } = await asking(people, { decide: { rule: 'quorum', approvals: 5 } })
    const tasks = await Promise.all(people.map((who) => runs.taskOf(id, who)))
    const attempts = Array.from({ length: 100 }, (_, n) => ({ n: n % 5, verdict: n % 3 === 0 ? 'reject' as const : 'approve' as const }))
    const answers = await Promise.allSettled(attempts.map(({ n, verdict }) => runs.decide(people[n]!, tasks[n]!, verdict)))
    const details = await runs.get(id)
    const decided = details.steps.flatMap((step) => step.tasks)
    const winners = answers.flatMap((answer, at) => (answer.status === 'fulfilled' ? [{ at, answer: answer.value }] : []))
    expect(winners.length).toBe(decided.filter(({ state }) => state === 'decided').length)
    for (const { at, answer } of winners) {
      const task = decided.find(({ id: taskId }) => taskId === tasks[attempts[at]!.n]!.id)
      expect(answer).toMatchObject({ status: 'decided', task: { id: task?.id, decision: { verdict: attempts[at]!.verdict } } })
      expect(task?.decision?.verdict).toBe(attempts[at]!.verdict)
    }
    for (const [at, answer] of answers.entries()) {
      if (answer.status === 'fulfilled') continue
      const task = decided.find(({ id: taskId }) => taskId === tasks[attempts[at]!.n]!.id) as FlowTask
      expect(answer.reason).toEqual(task.state === 'decided' ? failing('task.decided', { decidedBy: task.assigneeId, verdict: task.decision?.verdict }) : expect.objectContaining({ code: expect.stringMatching(/^(task\.closed|run\.over)$/) }))
    }
  }, 120_000)

  test('asked for again under its key is answered alike and recorded once; other content under the key is refused', async () => {
    const [a, b] = await runs.members(2)
    const { id } = await asking([a, b])
    const task = await runs.taskOf(id, a)
    const idempotencyKey = newId()
    const answers = await Promise.all([1, 2, 3, 4].map(() => runs.decide(a, task, 'approve', { idempotencyKey })))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect((await rows()).filter(({ taskId }) => taskId === task.id)).toEqual([{ taskId: task.id, state: 'settled' }])
    await expect(runs.decide(a, task, 'reject', { idempotencyKey })).rejects.toEqual(failing('idempotency.mismatch'))
    // A key is of one person.
    await runs.decide(b, await runs.taskOf(id, b), 'approve', { idempotencyKey })
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })

  test('is pending while nobody records it, and the same key tells later what came of it', async () => {
    const [a, b] = await runs.members(2)
    const { id } = await asking([a, b])
    const [task, idempotencyKey] = [await runs.taskOf(id, a), newId()]
    runs.temporal.answers = 'unknown'
    expect(await runs.decide(a, task, 'approve', { idempotencyKey })).toEqual({ status: 'pending', taskId: task.id })
    expect(await runs.decide(a, task, 'approve', { idempotencyKey })).toEqual({ status: 'pending', taskId: task.id })
    expect((await runs.get(id)).steps[0]?.tasks.map(({ state }) => state)).toEqual(['open', 'open'])
    runs.temporal.answers = 'works'
    const signal = new AbortController().signal
    expect(await runs.workflows.chores.resendDecisions({ olderThanMs: -1000, signal })).toBe(1)
    expect(await runs.workflows.chores.resendDecisions({ olderThanMs: -1000, signal })).toBe(0)
    expect(await runs.decide(a, task, 'approve', { idempotencyKey })).toMatchObject({ status: 'decided', task: { id: task.id, decision: { verdict: 'approve' } } })
  })

  test('whose Update is lost on Temporal after it was recorded is told from its row', async () => {
    const [a] = await runs.members(1)
    const { id } = await asking([a])
    const [task, idempotencyKey] = [await runs.taskOf(id, a), newId()]
    runs.temporal.answers = 'unknown'
    await runs.decide(a, task, 'approve', { idempotencyKey })
    const [pending] = await runs.unit.runInTx(runs.owner, (tx) => tx.$queryRaw<{ id: string }[]>`select id::text from flow_decision where task_id = ${task.id}::uuid`)
    await runs.workflows.driver.record(await runs.keyOf(id), pending!.id)
    expect(await runs.decide(a, task, 'approve', { idempotencyKey })).toMatchObject({ status: 'decided' })
    expect(await runs.workflows.driver.record(await runs.keyOf(id), pending!.id)).toEqual({ settled: [task.id], moved: true })
    expect((await runs.audits(id)).filter(({ action }) => action === 'workflows.task-decided.v1')).toHaveLength(1)
  })

  test('of a run that Temporal lost begins it there anew', async () => {
    const [a] = await runs.members(1)
    const { id } = await asking([a])
    const task = await runs.taskOf(id, a)
    runs.temporal.answers = 'absent'
    expect(await runs.decide(a, task)).toEqual({ status: 'pending', taskId: task.id })
    runs.temporal.answers = 'works'
    await runs.workflows.chores.resendDecisions({ olderThanMs: -1000, signal: new AbortController().signal })
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })

  test('is for whoever is asked, in person; a stranger to the task is refused and told nothing of it', async () => {
    const [a, b] = await runs.members(2)
    const { id } = await asking([a])
    const task = await runs.taskOf(id, a)
    const before = await rows()
    await expect(runs.decide(b, task)).rejects.toEqual(failing('auth.forbidden'))
    await expect(runs.decide(runs.owner, task)).rejects.toEqual(failing('auth.forbidden'))
    await expect(runs.decide(runs.guest, task)).rejects.toEqual(failing('task.not_found'))
    expect(await rows()).toEqual(before)
    expect(await runs.get(id)).toMatchObject({ state: 'running' })
  })

  test('by whoever asked for the run is refused under four eyes, and allowed without', async () => {
    const requester = runs.editor
    const { id: strict } = await asking([requester])
    expect(await runs.asked(strict)).toEqual(runs.idsOf(runs.owner))
    const { id: free } = await asking([requester], {}, { fourEyes: false })
    await runs.answer(free, requester)
    expect(await runs.get(free)).toMatchObject({ state: 'approved' })
  })

  test('needs a session with a second factor where the flow asks for one, and says that it was used', async () => {
    const [a] = await runs.members(1)
    const { id } = await asking([a], {}, { secondFactor: true })
    const task = await runs.taskOf(id, a)
    const sessionId = newId()
    await runs.house.db.database.run({ kind: 'identity' }, (tx) => tx.$executeRaw`
      insert into session (id, user_id, expires_at, public_id, second_factor_at) values (${newId()}, ${a.userId}::uuid, now() + interval '1 day', ${sessionId}::uuid, null)`)
    const inSession = { ...a, source: { sessionId, keyId: null, address: '192.0.2.1' } } as Actor
    await expect(runs.decide(inSession, task)).rejects.toEqual(failing('task.second_factor'))
    await runs.house.db.database.run({ kind: 'identity' }, (tx) => tx.$executeRaw`update session set second_factor_at = now() where public_id = ${sessionId}::uuid`)
    // Another person's session is nobody else's second factor.
    await expect(runs.decide({ ...inSession, source: { sessionId: newId(), keyId: null, address: null } } as Actor, task)).rejects.toEqual(failing('task.second_factor'))
    expect(await runs.decide(inSession, task)).toMatchObject({ task: { decision: { secondFactor: true } } })
    expect((await runs.audits(id)).find(({ action }) => action === 'workflows.task-decided.v1')?.data).toMatchObject({ secondFactor: true })
  })
})

describe('a new version', () => {
  const again = async (id: FlowRunId, documentId: DocumentId) => {
    const version = await runs.document({ documentId })
    await runs.deliver('workflows.follow-documents', { type: 'documents.ready.v1', payload: { documentId } })
    return { version, details: await runs.get(id) }
  }

  test('makes what was decided about other bytes count no more: those of the stage are asked again, and may not decide what they have not seen', async () => {
    const [a, b] = await runs.members(2)
    const { id, documentId, sha256 } = await asking([a, b])
    const old = await runs.taskOf(id, b)
    await runs.answer(id, a)
    // Before anything has heard of it, the bytes are compared all the same.
    const { sha256: next } = await runs.document({ documentId })
    await expect(runs.decide(b, old)).rejects.toEqual(failing('task.stale', { contentSha256: next, version: 2 }))
    await runs.deliver('workflows.follow-documents', { type: 'documents.ready.v1', payload: { documentId } })
    const details = await runs.get(id)
    expect(details.steps.map(({ state, counts, round }) => [round, state, counts])).toEqual([[1, 'stale', false], [2, 'open', true]])
    expect(details.steps[0]?.tasks.map(({ state, closedWhy }) => [state, closedWhy]).toSorted()).toEqual([['closed', 'stale'], ['decided', null]])
    expect(details.steps[1]?.tasks.map(({ why, contentSha256, version }) => [why, contentSha256, version])).toEqual([['again', next, 2], ['again', next, 2]])
    await expect(runs.decide(b, await runs.taskOf(id, b), 'approve', { contentSha256: sha256 })).rejects.toEqual(failing('task.stale'))
    await runs.answer(id, b)
    expect(await runs.get(id)).toMatchObject({ state: 'running' })
    await runs.answer(id, a)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })

  test('leaves the decisions of a stage that keeps them, and moves its open tasks to the new bytes', async () => {
    const [a, b] = await runs.members(2)
    const { id, documentId } = await asking([a, b], { onNewVersion: 'keep' })
    await runs.answer(id, a)
    const open = await runs.taskOf(id, b)
    const { version, details } = await again(id, documentId)
    expect(details.steps).toHaveLength(1)
    expect(details.steps[0]?.tasks.find(({ id: taskId }) => taskId === open.id)).toMatchObject({ state: 'open', contentSha256: version.sha256, version: 2 })
    await runs.answer(id, b)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })

  test('begins the run anew where a stage says so, from its first stage', async () => {
    const [a, b] = await runs.members(2)
    const { id: documentId } = await runs.document()
    const id = await runs.begin(await runs.publish([stage('first', [a]), stage('second', [b], { onNewVersion: 'restart' })]), documentId)
    await runs.answer(id, a)
    const { details } = await again(id, documentId)
    expect(details.version).toBe(2)
    expect(details.steps.map(({ stage: key, state, counts }) => [key, state, counts])).toEqual([['first', 'approved', false], ['second', 'stale', false], ['first', 'open', true]])
    await runs.answer(id, a)
    await runs.answer(id, b)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })

  test('of the same bytes changes nothing', async () => {
    const [a] = await runs.members(1)
    const { id, documentId } = await asking([a])
    const before = await runs.get(id)
    await runs.house.versions.restore(runs.editor, { id: documentId, number: 1 })
    await runs.deliver('workflows.follow-documents', { type: 'documents.uploaded.v1', payload: { documentId } })
    expect((await runs.get(id)).steps).toEqual(before.steps)
  })

  test('is waited for where a rejection asks for one, and the stage then begins again', async () => {
    const [a] = await runs.members(1)
    const { id, documentId } = await asking([a], { onReject: 'new-version' })
    await runs.answer(id, a, 'reject')
    expect(await runs.get(id)).toMatchObject({ state: 'waiting' })
    expect((await runs.events(documentId)).at(-1)).toMatchObject({ type: 'workflows.version-wanted.v1', payload: { requesterId: runs.editor.userId } })
    const { details } = await again(id, documentId)
    expect(details).toMatchObject({ state: 'running' })
    await runs.answer(id, a)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })
})

test('a rejection leads back to an earlier stage as often as the flow allows, and then ends the run', async () => {
  const [a, b] = await runs.members(2)
  const { id: documentId } = await runs.document()
  const id = await runs.begin(await runs.publish([stage('first', [a]), stage('second', [b], { onReject: { back: 'first' } })], { maxRounds: 2 }), documentId)
  await runs.answer(id, a)
  await runs.answer(id, b, 'reject')
  expect(await runs.asked(id)).toEqual(runs.idsOf(a))
  await runs.answer(id, a)
  await runs.answer(id, b, 'reject')
  expect(await runs.get(id)).toMatchObject({ state: 'rejected', reason: 'decided' })
})
