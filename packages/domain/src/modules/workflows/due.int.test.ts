import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRuns, stage, type Runs } from './runs.testkit.ts'

let runs: Runs
beforeAll(async () => { runs = await openRuns() })
afterAll(() => runs.close())

describe('what is due', () => {
  const due = async (given: Parameters<typeof stage>[2]) => {
    const [a, b] = await runs.members(2)
    const { id: documentId } = await runs.document()
    const id = await runs.begin(await runs.publish([stage('one', [a], given)]), documentId)
    const kinds = async () => (await runs.events(documentId)).map(({ type }) => type.slice('workflows.'.length, -3))
    return { a, b, id, documentId, kinds }
  }

  test('after an outage of weeks is one reminder, not seventy', async () => {
    const { a, id, documentId, kinds } = await due({ deadline: { hours: 24 }, reminders: [{ every: { hours: 24 } }, { before: { hours: 2 } }] })
    expect(await runs.advance(id)).toMatchObject({ kind: 'going' })
    runs.pass(70 * 24 + 1)
    for (let times = 0; times < 3; times += 1) await runs.advance(id)
    const reminded = (await runs.events(documentId)).filter(({ type }) => type === 'workflows.task-reminded.v1')
    expect(reminded).toEqual([expect.objectContaining({ payload: expect.objectContaining({ assigneeId: a.userId, overdue: true }) })])
    expect((await kinds()).filter((kind) => kind === 'task-closed')).toEqual([])
    expect((await runs.workflows.tasks.list(a, { limit: 5, state: 'open', overdue: true })).counts).toEqual({ open: 1, overdue: 1 })
  })

  test('asks more people, or others, rung by rung; a rung is climbed once', async () => {
    const [c] = await runs.members(1)
    const { a, id } = await due({ escalation: [{ after: { hours: 5 }, to: [{ user: c.userId }], how: 'add' }, { after: { hours: 9 }, to: [{ user: runs.admin.userId }], how: 'replace' }], decide: { rule: 'any' } })
    runs.pass(6)
    for (let times = 0; times < 2; times += 1) await runs.advance(id)
    expect(await runs.asked(id)).toEqual(runs.idsOf(a, c))
    runs.pass(6)
    for (let times = 0; times < 2; times += 1) await runs.advance(id)
    expect(await runs.asked(id)).toEqual(runs.idsOf(runs.admin))
    expect(await runs.taskOf(id, runs.admin)).toMatchObject({ why: 'escalated' })
    await runs.answer(id, runs.admin)
    expect(await runs.get(id)).toMatchObject({ state: 'approved' })
  })

  test.each([['expire', 'expired', 'expired'], ['reject', 'rejected', 'rejected']] as const)('ends a stage at its deadline that says %s', async (onDeadline, step, state) => {
    const { id } = await due({ deadline: { hours: 10 }, onDeadline })
    const at = await runs.advance(id)
    expect(at.kind === 'going' && at.nextAt !== null && at.nextAt > Date.now()).toBe(true)
    runs.pass(11)
    expect(await runs.advance(id)).toEqual({ kind: 'over', state, settled: true })
    expect(await runs.get(id)).toMatchObject({ state, reason: 'deadline', steps: [{ state: step, tasks: [{ state: 'closed', closedWhy: 'stage' }] }] })
  })

  test('is waited for by the clock of the worker, some seconds at least, so that no clock makes it look again and again', async () => {
    const { id } = await due({ deadline: { hours: 10 }, onDeadline: 'expire' })
    const inMs = async () => {
      const progress = await runs.advance(id)
      return progress.kind === 'going' ? progress.inMs : null
    }
    expect(await inMs()).toBeGreaterThan(9 * 3_600_000)
    runs.pass(10 - 1 / 3_600)
    expect(await inMs()).toBe(2_000)
  })

  test('is told to each person once a day, for all their overdue tasks that are shown to them', async () => {
    const { a, documentId } = await due({ deadline: { hours: 1 } })
    runs.pass(24)
    const beat = (): void => undefined
    const told = () => runs.unit.runInTx(runs.owner, (tx) => tx.$queryRaw<{ payload: { tasks: number; day: string }; audience: string[] }[]>`
      select payload, audience from event where type = 'workflows.tasks-overdue.v1' and payload->>'userId' = ${a.userId} order by id`)
    await Promise.all([runs.workflows.driver.tellOverdue(beat), runs.workflows.driver.tellOverdue(beat)])
    expect(await told()).toEqual([{ payload: expect.objectContaining({ userId: a.userId, tasks: 1 }), audience: [`user:${a.userId}`] }])
    await runs.house.update(runs.editor, { id: documentId, visibility: 'restricted' })
    runs.pass(24)
    await runs.workflows.driver.tellOverdue(beat)
    expect(await told()).toHaveLength(1)
    await runs.house.update(runs.editor, { id: documentId, visibility: 'org' })
    await runs.workflows.driver.tellOverdue(beat)
    expect(new Set((await told()).map(({ payload }) => payload.day)).size).toBe(2)
  })
})
