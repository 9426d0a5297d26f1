import type { Actor } from '@intellidocs/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeGroup, openRuns, stage, type Runs } from './runs.testkit.ts'

let runs: Runs
beforeAll(async () => { runs = await openRuns() })
afterAll(() => runs.close())

const failing = (code: string, details?: Record<string, unknown>) => expect.objectContaining({ code, ...(details === undefined ? {} : { details: expect.objectContaining(details) }) })

describe('a run', () => {
  test('asks stage by stage whom each names, and ends by their decisions, with an audit row for each step of it', async () => {
    const [a, b, c] = await runs.members(3)
    const flowId = await runs.publish([stage('first', [a, b]), stage('second', [c])])
    const { id: documentId, sha256 } = await runs.document()
    const id = await runs.begin(flowId, documentId)
    expect(await runs.asked(id)).toEqual(runs.idsOf(a, b))
    await runs.answer(id, a)
    expect((await runs.get(id)).steps.map(({ state }) => state)).toEqual(['open'])
    await runs.answer(id, b)
    expect(await runs.asked(id)).toEqual(runs.idsOf(c))
    await runs.answer(id, c)
    expect(await runs.get(id)).toMatchObject({ state: 'approved', reason: 'decided', steps: [{ stage: 'first', state: 'approved' }, { stage: 'second', state: 'approved' }] })
    const audits = await runs.audits(id)
    expect(audits.map(({ action }) => action.split('.')[1])).toEqual([
      'run-started', 'stage-opened', 'task-assigned', 'task-assigned', 'task-decided', 'task-decided', 'stage-closed', 'stage-opened', 'task-assigned', 'task-decided', 'stage-closed', 'run-ended',
    ])
    expect(audits.filter(({ action }) => action === 'workflows.task-decided.v1')).toEqual([a, b, c].map(({ userId }) =>
      expect.objectContaining({ actorId: userId, data: expect.objectContaining({ byId: userId, verdict: 'approve', contentSha256: sha256, secondFactor: false }) })))
  })

  test('of a flow that is open on the document is not begun again, until it is over', async () => {
    const [a] = await runs.members(1)
    const flowId = await runs.publish([stage('one', [a])])
    const { id: documentId } = await runs.document()
    const begun = await Promise.allSettled([1, 2, 3].map(() => runs.workflows.runs.start(runs.editor, { flowId, documentId })))
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(begun.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))).toEqual([failing('run.open'), failing('run.open')])
    const [run] = (await runs.workflows.runs.list(runs.editor, { limit: 5, documentId })).items
    await runs.advance(run!.id)
    await runs.answer(run!.id, a)
    expect(await runs.begin(flowId, documentId)).not.toBe(run!.id)
  })

  test('is begun once under one key: whoever sends it again is answered with that run, and with other content is refused', async () => {
    const [a] = await runs.members(1)
    const flowId = await runs.publish([stage('one', [a])])
    const { id: documentId } = await runs.document()
    const start = (more: { note?: string } = {}, by: Actor = runs.editor) => runs.workflows.runs.start(by, { flowId, documentId, idempotencyKey: 'key', ...more })
    const begun = await Promise.all([1, 2, 3].map(() => start()))
    expect(new Set(begun.map(({ id }) => id)).size).toBe(1)
    await runs.workflows.runs.withdraw(runs.editor, { id: begun[0]!.id })
    expect(await start()).toMatchObject({ id: begun[0]!.id, state: 'withdrawn' })
    await expect(start({ note: 'another' })).rejects.toEqual(failing('idempotency.mismatch'))
    expect((await runs.workflows.runs.list(runs.editor, { limit: 5, documentId })).items).toHaveLength(1)
    expect((await start({}, runs.owner)).id).not.toBe(begun[0]!.id)
  })

  test('is not begun on what is in the trash, is still being read, or is not shown to whoever asks', async () => {
    const [a] = await runs.members(1)
    const flowId = await runs.publish([stage('one', [a])])
    const { document: unread } = await runs.house.upload(runs.editor, 'not read yet')
    const start = (documentId: typeof unread.id, by: Actor = runs.editor) => runs.workflows.runs.start(by, { flowId, documentId })
    await expect(start(unread.id)).rejects.toEqual(failing('run.document'))
    const { id } = await runs.document()
    await runs.house.update(runs.editor, { id, visibility: 'restricted' })
    await expect(start(id, a)).rejects.toEqual(failing('document.not_found'))
    await runs.house.trash(runs.editor, { id })
    await expect(start(id)).rejects.toEqual(failing('run.document'))
    expect((await runs.events(id))).toEqual([])
  })

  test('skips a stage whose condition does not hold for the document, and goes into the branches whose does', async () => {
    const [a, b, c] = await runs.members(3)
    const flowId = await runs.publish([
      stage('skipped', [a], { when: { fact: 'metadata.amount', above: 100 } }),
      { parallel: [{ key: 'left', stages: [stage('l', [b])] }, { key: 'right', when: { fact: 'metadata.kind', is: 'other' }, stages: [stage('r', [c])] }] },
    ])
    const { id: documentId } = await runs.document()
    await runs.house.setMetadata(runs.editor, { id: documentId, metadata: { amount: 99, kind: 'invoice' } })
    const id = await runs.begin(flowId, documentId)
    expect(await runs.asked(id)).toEqual(runs.idsOf(b))
    await runs.answer(id, b)
    expect((await runs.get(id)).steps.map(({ stage: key, state }) => `${key} ${state}`).toSorted()).toEqual(['l approved', 'r skipped', 'skipped skipped'])
  })

  test('asks the members that a group has when its stage opens, not those it had when the run began', async () => {
    const [first, early, late] = await runs.members(3)
    const groupId = await makeGroup(runs, [early])
    const flowId = await runs.publish([stage('first', [first]), stage('group', [], { ask: [{ group: groupId }], decide: { rule: 'any' } })])
    const id = await runs.begin(flowId, (await runs.document()).id)
    await runs.unit.runInTx(runs.owner, (tx) => tx.$executeRaw`insert into group_member (org_id, group_id, user_id) values (${late.orgId}::uuid, ${groupId}::uuid, ${late.userId}::uuid)`)
    await runs.answer(id, first)
    expect(await runs.asked(id)).toEqual(runs.idsOf(early, late))
    await runs.answer(id, late)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })

  test('asks whom a field of the document names, by e-mail address or id, and the owner where it names nobody', async () => {
    const [a] = await runs.members(1)
    const flowId = await runs.publish([stage('holder', [], { ask: [{ field: 'approver' }] })])
    for (const [approver, who] of [[`${a.userId}@example.test`, a], [a.userId, a], ['nobody@example.test', runs.owner]] as const) {
      const { id: documentId } = await runs.document()
      await runs.house.setMetadata(runs.editor, { id: documentId, metadata: { approver } })
      expect(await runs.asked(await runs.begin(flowId, documentId))).toEqual(runs.idsOf(who))
    }
  })

  test('that is withdrawn by whoever asked, or manages flows, asks nobody any more; others may not', async () => {
    const [a, requester] = await runs.members(2)
    const flowId = await runs.publish([stage('one', [a])])
    const { id: documentId } = await runs.document()
    const id = await runs.begin(flowId, documentId, requester)
    const task = await runs.taskOf(id, a)
    await expect(runs.workflows.runs.withdraw(runs.editor, { id })).rejects.toEqual(failing('auth.forbidden'))
    expect(await runs.workflows.runs.withdraw(requester, { id, reason: 'a mistake' })).toMatchObject({ state: 'withdrawn', reason: 'withdrawn', endedBy: requester.userId })
    expect(await runs.workflows.runs.withdraw(requester, { id })).toMatchObject({ state: 'withdrawn' })
    expect(await runs.get(id)).toMatchObject({ steps: [{ state: 'stale', tasks: [{ state: 'closed', closedWhy: 'run' }] }], comments: [{ text: 'a mistake', authorId: requester.userId }] })
    await expect(runs.decide(a, task)).rejects.toEqual(failing('run.over', { state: 'withdrawn' }))
    const other = await runs.begin(flowId, documentId, requester)
    expect(await runs.workflows.runs.withdraw(runs.admin, { id: other })).toMatchObject({ state: 'withdrawn', endedBy: runs.admin.userId })
  })

  test('ends with its document in the trash, and is gone with it for good', async () => {
    const [a] = await runs.members(1)
    const flowId = await runs.publish([stage('one', [a])])
    const { id: documentId } = await runs.document()
    const id = await runs.begin(flowId, documentId)
    const key = await runs.keyOf(id)
    await runs.house.trash(runs.editor, { id: documentId })
    await runs.deliver('workflows.follow-documents', { type: 'documents.trashed.v1', payload: { documentId } })
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', reason: 'document' })
    await runs.house.purge(runs.editor, { id: documentId })
    expect(await runs.workflows.driver.advance(key)).toEqual({ kind: 'over', state: 'cancelled', settled: true })
    await expect(runs.get(id)).rejects.toEqual(failing('run.not_found'))
  })

  test('and its tasks are not there for whom the document is not shown, whoever they are', async () => {
    const [a, outsider] = await runs.members(2)
    const flowId = await runs.publish([stage('one', [a])])
    const { id: documentId } = await runs.document()
    await runs.house.update(runs.editor, { id: documentId, visibility: 'restricted' })
    await runs.house.grants.set(runs.editor, { documentId, principal: { user: a.userId }, level: 'view' })
    const id = await runs.begin(flowId, documentId)
    const task = await runs.taskOf(id, a)
    expect((await runs.workflows.runs.list(outsider, { limit: 10, documentId })).items).toEqual([])
    await expect(runs.workflows.runs.get(outsider, { id })).rejects.toEqual(failing('run.not_found'))
    await expect(runs.decide(outsider, task)).rejects.toEqual(failing('task.not_found'))
    await expect(runs.workflows.tasks.reassign(outsider, { id: task.id, to: outsider.userId })).rejects.toEqual(failing('task.not_found'))
    await expect(runs.workflows.runs.comment(outsider, { id, text: 'hm', mentions: [], attachments: [] })).rejects.toEqual(failing('run.not_found'))
  })
})

describe('comments', () => {
  test('mention whom the document is shown to, and attach what their author reads', async () => {
    const [a] = await runs.members(1)
    const flowId = await runs.publish([stage('one', [a])])
    const [{ id: documentId }, { id: reason }, { id: hidden }] = [await runs.document(), await runs.document(), await runs.document({ by: a })]
    await runs.house.update(a, { id: hidden, visibility: 'restricted' })
    const id = await runs.begin(flowId, documentId)
    const say = (by: Actor, given: { mentions?: Actor['userId'][]; attachments?: typeof reason[] }) =>
      runs.workflows.runs.comment(by, { id, text: 'look', mentions: given.mentions ?? [], attachments: given.attachments ?? [] })
    expect(await say(runs.editor, { mentions: [a.userId, a.userId], attachments: [reason] })).toMatchObject({ authorId: runs.editor.userId, mentions: [a.userId], attachments: [reason] })
    await expect(say(runs.editor, { mentions: [runs.guest.userId] })).rejects.toEqual(failing('grant.principal_unknown'))
    await expect(say(runs.editor, { attachments: [hidden] })).rejects.toEqual(failing('document.not_found'))
    await say(a, { attachments: [hidden, reason] })
    expect((await runs.workflows.runs.get(runs.editor, { id })).comments.map(({ attachments }) => attachments)).toEqual([[reason], [reason]])
  })
})
