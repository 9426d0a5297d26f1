import type { DelegationId } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asking, openRuns, stage, type Runs } from './runs.testkit.ts'

let runs: Runs
beforeAll(async () => { runs = await openRuns() })
afterAll(() => runs.close())

const failing = (code: string) => expect.objectContaining({ code })
const delegate = (who: Actor, to: Actor, given: { from?: number; until?: number; flows?: never[] } = {}) => {
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString()
  return runs.workflows.tasks.delegate(who, { to: to.userId, from: at(given.from ?? -1), until: at(given.until ?? 24), reason: 'on holiday' })
}
const setStatus = (who: Actor, status: 'active' | 'suspended') =>
  runs.unit.runInTx(runs.owner, (tx) => tx.$executeRaw`update membership set status = ${status} where org_id = ${who.orgId}::uuid and user_id = ${who.userId}::uuid`)

describe('a task that is handed on', () => {
  test('is another person’s, in the place of the first, who decides it no more', async () => {
    const [a, b] = await runs.members(2)
    const id = await asking(runs, [a])
    const task = await runs.taskOf(id, a)
    const { task: theirs } = await runs.workflows.tasks.delegate(a, { id: task.id, to: b.userId, reason: 'you know more' }) as { task: typeof task }
    expect(theirs).toMatchObject({ assigneeId: b.userId, why: 'delegated', forId: a.userId, byId: a.userId, note: 'you know more', contentSha256: task.contentSha256, dueAt: task.dueAt })
    await expect(runs.decide(a, task)).rejects.toEqual(failing('task.closed'))
    await runs.answer(id, b)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
    expect((await runs.audits(id)).find(({ action }) => action === 'workflows.task-decided.v1')).toMatchObject({ actorId: b.userId, data: { for: a.userId } })
  })

  test('goes to nobody who may not have it: oneself, whoever asked, who has a voice already, whom the document is not shown to, whom the flow leaves out', async () => {
    const [a, b, other] = await runs.members(3)
    const id = await asking(runs, [a, b])
    const task = await runs.taskOf(id, a)
    const before = await runs.get(id)
    for (const to of [a, runs.editor, b, runs.guest]) {
      await expect(runs.workflows.tasks.delegate(a, { id: task.id, to: to.userId })).rejects.toEqual(failing('task.delegate'))
    }
    await expect(runs.workflows.tasks.delegate(b, { id: task.id, to: other.userId })).rejects.toEqual(failing('auth.forbidden'))
    expect(await runs.get(id)).toEqual(before)
    const closed = await asking(runs, [a], {}, { delegation: { allowed: false } })
    await expect(runs.workflows.tasks.delegate(a, { id: (await runs.taskOf(closed, a)).id, to: other.userId })).rejects.toEqual(failing('task.delegate'))
    const listed = await asking(runs, [a], {}, { delegation: { allowed: true, to: [{ user: b.userId }] } })
    const one = await runs.taskOf(listed, a)
    await expect(runs.workflows.tasks.delegate(a, { id: one.id, to: other.userId })).rejects.toEqual(failing('task.delegate'))
    expect(await runs.workflows.tasks.delegate(a, { id: one.id, to: b.userId })).toMatchObject({ task: { assigneeId: b.userId } })
  })

  test('by who manages flows goes to anybody who can decide it, whatever the flow says of delegation', async () => {
    const [a, b] = await runs.members(2)
    const id = await asking(runs, [a], {}, { delegation: { allowed: false } })
    const task = await runs.taskOf(id, a)
    await expect(runs.workflows.tasks.reassign(b, { id: task.id, to: b.userId })).rejects.toEqual(failing('auth.forbidden'))
    await expect(runs.workflows.tasks.reassign(runs.admin, { id: task.id, to: runs.guest.userId })).rejects.toEqual(failing('task.delegate'))
    expect(await runs.workflows.tasks.reassign(runs.admin, { id: task.id, to: b.userId })).toMatchObject({ assigneeId: b.userId, why: 'reassigned', byId: runs.admin.userId })
    await expect(runs.workflows.tasks.reassign(runs.admin, { id: task.id, to: a.userId })).rejects.toEqual(failing('task.closed'))
    await runs.answer(id, b)
    await expect(runs.workflows.tasks.reassign(runs.admin, { id: (await runs.get(id)).steps[0]!.tasks.at(-1)!.id, to: a.userId })).rejects.toEqual(failing('task.decided'))
  })
})

describe('who manages the document', () => {
  test('does not choose, under four eyes, who judges what they asked for or made', async () => {
    const [a, friend, other] = await runs.members(3)
    const { id: documentId } = await runs.document()
    for (const requester of [runs.editor, other]) {
      const id = await runs.begin(await runs.publish([stage('one', [a])]), documentId, requester)
      const before = await runs.get(id)
      await expect(runs.workflows.tasks.reassign(runs.editor, { id: (await runs.taskOf(id, a)).id, to: friend.userId })).rejects.toEqual(failing('auth.forbidden'))
      expect(await runs.get(id)).toEqual(before)
    }
    const free = await runs.begin(await runs.publish([stage('one', [a])], { fourEyes: false }), documentId)
    expect(await runs.workflows.tasks.reassign(runs.editor, { id: (await runs.taskOf(free, a)).id, to: friend.userId })).toMatchObject({ assigneeId: friend.userId, why: 'reassigned' })
  })

  test('gives a task to those alone whom the flow allows', async () => {
    const [a, listed, other] = await runs.members(3)
    const id = await asking(runs, [a], {}, { fourEyes: false, delegation: { allowed: true, to: [{ user: listed.userId }] } })
    const task = await runs.taskOf(id, a)
    await expect(runs.workflows.tasks.reassign(runs.editor, { id: task.id, to: other.userId })).rejects.toEqual(failing('task.delegate'))
    expect(await runs.workflows.tasks.reassign(runs.editor, { id: task.id, to: listed.userId })).toMatchObject({ assigneeId: listed.userId })
  })
})

describe('who stands in for somebody', () => {
  test('is asked in their place while it holds, three deep, and not before or after, or once it is revoked', async () => {
    const [a, b, c, d, e] = await runs.members(5)
    for (const [from, to] of [[a, b], [b, c], [c, d], [d, e]] as const) await delegate(from, to)
    const id = await asking(runs, [a])
    expect(await runs.asked(id)).toEqual(runs.idsOf(d))
    expect(await runs.taskOf(id, d)).toMatchObject({ why: 'delegated', forId: a.userId })
    const [mine] = (await runs.workflows.tasks.delegations.list(a, { limit: 10 })).items
    expect((await runs.workflows.tasks.delegations.list(b, { limit: 10 })).items.map(({ to }) => to).toSorted()).toEqual(runs.idsOf(b, c))
    await expect(runs.workflows.tasks.delegations.revoke(e, { id: mine!.id })).rejects.toEqual(failing('delegation.not_found'))
    expect(await runs.workflows.tasks.delegations.revoke(a, { id: mine!.id })).toEqual({ revoked: true })
    expect(await runs.workflows.tasks.delegations.revoke(b, { id: mine!.id })).toEqual({ revoked: false })
    expect(await runs.asked(await asking(runs, [a]))).toEqual(runs.idsOf(a))
    const [x, y, z] = await runs.members(3)
    await delegate(x, y, { from: 5, until: 6 })
    await delegate(z, y, { from: -6, until: 1 })
    expect(await runs.asked(await asking(runs, [x, z]))).toEqual(runs.idsOf(x, y))
  })

  test('is found anew when they are asked again, and keeps what was handed on to them in person', async () => {
    const [a, b, stand, taker] = await runs.members(4)
    await delegate(a, stand)
    const { id: documentId } = await runs.document()
    const id = await runs.begin(await runs.publish([stage('one', [a, b])]), documentId)
    expect(await runs.asked(id)).toEqual(runs.idsOf(stand, b))
    await runs.workflows.tasks.delegate(b, { id: (await runs.taskOf(id, b)).id, to: taker.userId })
    const [mine] = (await runs.workflows.tasks.delegations.list(a, { limit: 10 })).items
    await runs.workflows.tasks.delegations.revoke(a, { id: mine!.id })
    await runs.document({ documentId })
    await runs.deliver('workflows.follow-documents', { type: 'documents.ready.v1', payload: { documentId } })
    expect(await runs.asked(id)).toEqual(runs.idsOf(a, taker))
    expect(await runs.taskOf(id, a)).toMatchObject({ why: 'again', forId: null })
  })

  test('is passed over where they could not decide: whoever asked, who has a voice already, whom the flow leaves out', async () => {
    const [a, b] = await runs.members(2)
    await delegate(a, b)
    expect(await runs.asked(await asking(runs, [a, b]))).toEqual(runs.idsOf(a, b))
    expect(await runs.asked(await asking(runs, [a], {}, { delegation: { allowed: false } }))).toEqual(runs.idsOf(a))
    const [c] = await runs.members(1)
    await delegate(c, runs.editor)
    expect(await runs.asked(await asking(runs, [c]))).toEqual(runs.idsOf(c))
    await setStatus(b, 'suspended')
    expect(await runs.asked(await asking(runs, [a]))).toEqual(runs.idsOf(a))
  })

  test('is a member, another one than oneself, for a time that is not over', async () => {
    const [a, b] = await runs.members(2)
    await expect(delegate(a, a)).rejects.toEqual(failing('task.delegate'))
    await expect(delegate(a, b, { from: -3, until: -2 })).rejects.toEqual(failing('task.delegate'))
    await expect(delegate(a, b, { from: 3, until: 2 })).rejects.toEqual(failing('task.delegate'))
    await expect(delegate(a, { ...b, userId: crypto.randomUUID() as never })).rejects.toEqual(failing('task.delegate'))
    expect((await runs.workflows.tasks.delegations.list(a, { limit: 10 })).items).toEqual([])
    await expect(runs.workflows.tasks.delegations.revoke(a, { id: crypto.randomUUID() as DelegationId })).rejects.toEqual(failing('delegation.not_found'))
  })
})
