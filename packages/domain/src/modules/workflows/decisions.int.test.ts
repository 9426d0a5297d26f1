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

  test('by whoever made the bytes is refused under four eyes, whoever asked for the run, also where they put back old ones', async () => {
    const [maker, tagger, other] = await runs.members(3)
    const { id: documentId } = await runs.document({ by: maker })
    const flowId = await runs.publish([stage('one', [maker, other])])
    const id = await runs.begin(flowId, documentId, tagger)
    expect(await runs.asked(id)).toEqual(runs.idsOf(other))
    await runs.workflows.runs.withdraw(tagger, { id })
    await runs.document({ documentId, by: other })
    const second = await runs.begin(flowId, documentId, tagger)
    expect(await runs.asked(second)).toEqual(runs.idsOf(maker))
    const task = await runs.taskOf(second, maker)
    await runs.house.versions.restore(other, { id: documentId, number: 1 })
    await expect(runs.decide(maker, task, 'approve', { contentSha256: task.contentSha256 })).rejects.toEqual(failing('task.requester'))
    await runs.read(documentId)
    await runs.deliver('workflows.follow-documents', { type: 'documents.ready.v1', payload: { documentId } })
    expect(await runs.asked(second)).toEqual(runs.idsOf(runs.owner))
    const free = await runs.begin(await runs.publish([stage('one', [maker])], { fourEyes: false }), documentId, tagger)
    await runs.answer(free, maker)
    expect(await runs.get(free)).toMatchObject({ state: 'approved' })
  })

  test('that was asked for in time counts, though nobody recorded it before the deadline; one that comes later does not', async () => {
    const [a, b] = await runs.members(2)
    const { id } = await asking([a, b], { deadline: { hours: 10 }, onDeadline: 'expire' })
    const [first, second] = [await runs.taskOf(id, a), await runs.taskOf(id, b)]
    runs.temporal.answers = 'unknown'
    for (const [who, task] of [[a, first], [b, second]] as const) expect(await runs.decide(who, task)).toMatchObject({ status: 'pending' })
    runs.pass(11)
    expect(await runs.advance(id)).toEqual({ kind: 'over', state: 'approved', settled: true })
    expect(await runs.get(id)).toMatchObject({ state: 'approved', reason: 'decided', steps: [{ state: 'approved' }] })
    expect((await runs.audits(id)).filter(({ action }) => action === 'workflows.task-decided.v1').map(({ actorId }) => actorId)).toEqual([a.userId, b.userId])
    const late = await asking([a], { deadline: { hours: 10 }, onDeadline: 'reject' })
    const task = await runs.taskOf(late.id, a)
    runs.pass(11)
    await expect(runs.decide(a, task)).rejects.toEqual(failing('task.closed'))
    await runs.advance(late.id)
    expect(await runs.get(late.id)).toMatchObject({ state: 'rejected', reason: 'deadline' })
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
    expect((await runs.events(documentId)).at(-1)).toMatchObject({ type: 'workflows.version-wanted.v1', payload: { requesterId: runs.editor.userId, ownerId: runs.editor.userId } })
    const { details } = await again(id, documentId)
    expect(details).toMatchObject({ state: 'running' })
    await runs.answer(id, a)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })
})

test('another version is waited for as long as whoever asked, or the owner of the document, can bring it', async () => {
  const [a, requester, owner] = await runs.members(3)
  const { id: documentId } = await runs.document({ by: owner })
  const id = await runs.begin(await runs.publish([stage('one', [a], { onReject: 'new-version' })]), documentId, requester)
  await runs.answer(id, a, 'reject')
  expect((await runs.events(documentId)).at(-1)).toMatchObject({ type: 'workflows.version-wanted.v1', payload: { requesterId: requester.userId, ownerId: owner.userId } })
  for (const [who, state] of [[requester, 'waiting'], [owner, 'cancelled']] as const) {
    await runs.unit.runInTx(runs.owner, (tx) => tx.$executeRaw`update membership set status = 'suspended' where org_id = ${who.orgId}::uuid and user_id = ${who.userId}::uuid`)
    await runs.deliver('workflows.follow-people', { type: 'orgs.member-suspended.v1', payload: { userId: who.userId } })
    expect(await runs.get(id)).toMatchObject({ state })
  }
  expect(await runs.get(id)).toMatchObject({ reason: 'nobody' })
})

test('a run that nobody told of another version, or that it was read, is found by a chore', async () => {
  const [a] = await runs.members(1)
  const signal = new AbortController().signal
  const stirred = async (): Promise<FlowRunId[]> => {
    runs.temporal.stirred.length = 0
    await runs.workflows.chores.stirStranded(runs.gateway, signal)
    return runs.temporal.stirred.map(({ runId }) => runId)
  }
  const [asked, waiting] = [await asking([a]), await asking([a], { onReject: 'new-version' })]
  await runs.answer(waiting.id, a, 'reject')
  expect(await stirred()).not.toEqual(expect.arrayContaining([asked.id]))
  for (const { documentId } of [asked, waiting]) await runs.document({ documentId })
  expect(await stirred()).toEqual(expect.arrayContaining([asked.id, waiting.id]))
  for (const { id } of [asked, waiting]) expect((await runs.taskOf(id, a)).version).toBe(2)
  const { document: unread } = await runs.house.upload(runs.editor, `unread ${newId()}`)
  const flowId = await runs.publish([stage('one', [a])], { trigger: { on: 'tagged', tag: 'go' } })
  await runs.deliver('workflows.trigger-runs', { type: 'documents.tags-changed.v1', payload: { documentId: unread.id, added: ['go'], removed: [] }, id: 900n })
  const [run] = (await runs.workflows.runs.list(runs.owner, { limit: 1, documentId: unread.id, flowId })).items
  await runs.advance(run!.id)
  expect(await stirred()).not.toContain(run!.id)
  await runs.read(unread.id)
  expect(await stirred()).toContain(run!.id)
  expect(await runs.asked(run!.id)).toEqual(runs.idsOf(a))
  expect(await stirred()).toEqual([])
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
