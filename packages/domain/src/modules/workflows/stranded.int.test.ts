import type { DocumentId, UserId } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asking, makeGroup, openRuns, stage, type Runs } from './runs.testkit.ts'

let runs: Runs
beforeAll(async () => { runs = await openRuns() })
afterAll(() => runs.close())

const failing = (code: string) => expect.objectContaining({ code })
const setStatus = (who: Actor, status: 'active' | 'suspended') =>
  runs.unit.runInTx(runs.owner, (tx) => tx.$executeRaw`update membership set status = ${status} where org_id = ${who.orgId}::uuid and user_id = ${who.userId}::uuid`)

/** The document is shown to its owner, the editor, and these alone from here on; its runs hear of it. */
async function keepFor(documentId: DocumentId, ...readers: readonly Actor[]): Promise<void> {
  await runs.house.update(runs.editor, { id: documentId, visibility: 'restricted' })
  for (const { userId } of readers) await runs.house.grants.set(runs.editor, { documentId, principal: { user: userId }, level: 'view' })
  await runs.deliver('workflows.follow-documents', { type: 'documents.updated.v1', payload: { documentId } })
}

describe('a task whose person cannot decide any more', () => {
  const follow = (who: Actor) => runs.deliver('workflows.follow-people', { type: 'orgs.member-suspended.v1', payload: { userId: who.userId } })

  test('goes to whom its stage names for that, and to the owner where it names nobody', async () => {
    const [a, b, c] = await runs.members(3)
    const named = await asking(runs, [a, b], { ifAway: { user: c.userId } })
    const unnamed = await asking(runs, [a, b])
    await setStatus(a, 'suspended')
    await follow(a)
    expect(await runs.asked(named)).toEqual(runs.idsOf(b, c))
    expect(await runs.taskOf(named, c)).toMatchObject({ why: 'moved', forId: a.userId })
    expect(await runs.asked(unnamed)).toEqual(runs.idsOf(b, runs.owner))
  })

  test('is dropped where the stage says so and others are left, and what they have said may then be enough', async () => {
    const [a, b] = await runs.members(2)
    const id = await asking(runs, [a, b], { ifAway: 'drop' })
    await runs.answer(id, b)
    await setStatus(a, 'suspended')
    await follow(a)
    expect(await runs.get(id)).toMatchObject({ state: 'approved', steps: [{ tasks: [{ state: 'closed', closedWhy: 'moved' }, { state: 'decided' }] }] })
    const alone = await asking(runs, [b], { ifAway: 'drop' })
    await setStatus(b, 'suspended')
    await follow(b)
    expect(await runs.asked(alone)).toEqual(runs.idsOf(runs.owner))
  })

  test('is found by the chore as well: the document is not shown to them, or they are a guest of nothing', async () => {
    const [a, b] = await runs.members(2)
    const { id: documentId } = await runs.document()
    const id = await runs.begin(await runs.publish([stage('one', [a, b])]), documentId)
    await runs.house.update(runs.editor, { id: documentId, visibility: 'restricted' })
    await runs.house.grants.set(runs.editor, { documentId, principal: { user: b.userId }, level: 'view' })
    await runs.house.grants.set(runs.editor, { documentId, principal: { user: runs.owner.userId }, level: 'view' })
    const task = await runs.taskOf(id, a)
    await expect(runs.decide(a, task)).rejects.toEqual(failing('task.not_found'))
    runs.temporal.stirred.length = 0
    const signal = new AbortController().signal
    expect(await runs.workflows.chores.stirStranded(runs.gateway, signal)).toBeGreaterThan(0)
    expect(runs.temporal.stirred.map(({ runId }) => runId)).toContain(id)
    expect(await runs.asked(id)).toEqual(runs.idsOf(b, runs.owner))
    expect(await runs.workflows.chores.stirStranded(runs.gateway, signal)).toBe(0)
  })

  test('waits for nobody for ever: with nobody left to ask, the run ends and says why', async () => {
    const { id: documentId } = await runs.document()
    await runs.house.update(runs.editor, { id: documentId, visibility: 'restricted' })
    const id = await runs.begin(await runs.publish([stage('one', [runs.viewer])]), documentId)
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', reason: 'nobody', steps: [] })
  })
})

describe('nobody loses their say by losing sight of the document', () => {
  test.each([['all', { rule: 'all' }], ['veto', { rule: 'veto', approvals: 2 }]] as const)('a place that nobody takes ends the run of a stage of %s, and approves nothing', async (_, decide) => {
    const [a, b] = await runs.members(2)
    const { id: documentId } = await runs.document()
    const id = await runs.begin(await runs.publish([stage('one', [a, b], { decide })]), documentId)
    await runs.answer(id, a)
    await keepFor(documentId, a)
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', reason: 'nobody' })
  })

  test.each([['all', { rule: 'all' }], ['veto', { rule: 'veto', approvals: 1 }]] as const)('nor is it left out when a stage of %s opens, by name, in a group or in a role', async (_, decide) => {
    const [a, b] = await runs.members(2)
    const asks = [[{ user: a.userId }, { user: b.userId }], [{ group: await makeGroup(runs, [a, b]) }], [{ user: a.userId }, { role: 'admin' as const }]]
    for (const ask of asks) {
      const { id: documentId } = await runs.document()
      await keepFor(documentId, a)
      const id = await runs.begin(await runs.publish([stage('one', [], { ask, decide })]), documentId)
      expect(await runs.get(id)).toMatchObject({ state: 'cancelled', reason: 'nobody', steps: [] })
    }
  })

  test('somebody whom the stage names, or an owner, takes the places of members of a group as well', async () => {
    const [a, b, c] = await runs.members(3)
    const { id: documentId } = await runs.document()
    await keepFor(documentId, a, c, runs.owner)
    const groupId = await makeGroup(runs, [a, b, runs.viewer])
    const id = await runs.begin(await runs.publish([stage('one', [], { ask: [{ group: groupId }], ifAway: { user: c.userId } })]), documentId)
    expect(await runs.asked(id)).toEqual(runs.idsOf(a, c, runs.owner))
    const any = await runs.begin(await runs.publish([stage('one', [], { ask: [{ group: groupId }], decide: { rule: 'any' } })]), documentId)
    expect(await runs.asked(any)).toEqual(runs.idsOf(a))
  })

  test('an escalation in place of others leaves these where one of those whom it names does not see the document', async () => {
    const [a, b, c, d] = await runs.members(4)
    const { id: documentId } = await runs.document()
    const rung = { after: { hours: 5 }, to: [{ user: c.userId }, { user: d.userId }], how: 'replace' as const }
    const id = await runs.begin(await runs.publish([stage('one', [a, b], { escalation: [rung] })]), documentId)
    await keepFor(documentId, a, b, d)
    runs.pass(6)
    await runs.advance(id)
    expect(await runs.asked(id)).toEqual(runs.idsOf(a, b, d))
  })

  test('unless the stage says that they are dropped', async () => {
    const [a, b] = await runs.members(2)
    const { id: documentId } = await runs.document()
    const id = await runs.begin(await runs.publish([stage('one', [a, b], { ifAway: 'drop' })]), documentId)
    await runs.answer(id, a)
    await keepFor(documentId, a)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })
})

describe('a rule that wants more approvals than can be asked', () => {
  const quorum = { rule: 'quorum', approvals: 2 } as const

  test('is filled up by those who take the places of others', async () => {
    const [a, b, c] = await runs.members(3)
    const { id: documentId } = await runs.document()
    await keepFor(documentId, a, runs.owner)
    const id = await runs.begin(await runs.publish([stage('one', [], { ask: [{ group: await makeGroup(runs, [a, b, c]) }], decide: quorum })]), documentId)
    expect(await runs.asked(id)).toEqual(runs.idsOf(a, runs.owner))
    await runs.answer(id, a)
    await runs.answer(id, runs.owner)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
    const two = await asking(runs, [], { ask: [{ group: await makeGroup(runs, [a, runs.editor]) }], decide: quorum })
    expect(await runs.asked(two)).toEqual(runs.idsOf(a, runs.owner))
  })

  test('is ended where nobody does that, and approvals alone are no rejection', async () => {
    const [a, b, c] = await runs.members(3)
    const { id: documentId } = await runs.document()
    const id = await runs.begin(await runs.publish([stage('one', [], { ask: [{ group: await makeGroup(runs, [a, b, c]) }], decide: quorum })]), documentId)
    await runs.answer(id, a)
    await keepFor(documentId, a)
    expect(await runs.get(id)).toMatchObject({ state: 'cancelled', reason: 'nobody' })
    expect(await runs.get(await runs.begin(await runs.publish([stage('one', [a, b], { decide: quorum })]), documentId))).toMatchObject({ state: 'cancelled', reason: 'nobody', steps: [] })
  })

  test('waits while its ladder may still add somebody', async () => {
    const [a, b, c] = await runs.members(3)
    const { id: documentId } = await runs.document()
    await keepFor(documentId, a, c)
    const id = await runs.begin(await runs.publish([stage('one', [a, b], { decide: quorum, escalation: [{ after: { hours: 5 }, to: [{ user: c.userId }], how: 'add' }] })]), documentId)
    await runs.answer(id, a)
    expect(await runs.get(id)).toMatchObject({ state: 'running' })
    runs.pass(6)
    await runs.advance(id)
    await runs.answer(id, c)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })
})

describe('an escalation that replaces', () => {
  test('leaves whom it names as well, and everybody where the others could not bring the approvals together', async () => {
    const [a, b, c, d] = await runs.members(4)
    const to = (...people: Actor[]) => people.map(({ userId }) => ({ user: userId }))
    const rung = (...people: Actor[]) => ({ decide: { rule: 'quorum' as const, approvals: 2 }, escalation: [{ after: { hours: 5 }, to: to(...people), how: 'replace' as const }] })
    const [named, few] = [await asking(runs, [a, b, c], rung(a, d)), await asking(runs, [a, b, c], rung(d))]
    runs.pass(6)
    for (const id of [named, few]) await runs.advance(id)
    expect(await runs.asked(named)).toEqual(runs.idsOf(a, d))
    expect(await runs.asked(few)).toEqual(runs.idsOf(a, b, c, d))
  })
})

test('a stage asks a thousand people at most', async () => {
  const { orgId } = runs.owner
  const groupId = await makeGroup(runs, [])
  const join = async (count: number): Promise<void> => {
    const ids = Array.from({ length: count }, () => newId() as UserId)
    await runs.house.db.database.run({ kind: 'identity' }, (tx) => tx.$executeRaw`
      insert into user_account (id, email, name, password_hash) select id, id || '@example.test', 'somebody', 'none' from unnest(${ids}::text[]::uuid[]) id`)
    await runs.house.db.database.run({ kind: 'identity' }, (tx) => tx.$executeRaw`
      insert into membership (org_id, user_id, role) select ${orgId}::uuid, id, 'editor' from unnest(${ids}::text[]::uuid[]) id`)
    await runs.unit.runInTx(runs.owner, (tx) => tx.$executeRaw`insert into group_member (org_id, group_id, user_id) select ${orgId}::uuid, ${groupId}::uuid, id from unnest(${ids}::text[]::uuid[]) id`)
  }
  const flowId = await runs.publish([stage('one', [], { ask: [{ group: groupId }], decide: { rule: 'any' } })])
  const { id: documentId } = await runs.document()
  await join(40)
  const id = await runs.begin(flowId, documentId)
  const asked = await runs.asked(id)
  const audits = (await runs.audits(id)).filter(({ action }) => action === 'workflows.task-assigned.v1')
  expect([asked.length, audits.map(({ data }) => String(data['assigneeId'])).toSorted()]).toEqual([40, asked])
  await runs.workflows.runs.withdraw(runs.editor, { id })
  await join(961)
  expect(await runs.get(await runs.begin(flowId, documentId))).toMatchObject({ state: 'cancelled', reason: 'nobody', steps: [] })
})
