import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { failing, openDefinitions, sampling, specOf, stageOf, type TestDefinitions } from './definitions.testkit.ts'

let kit: TestDefinitions
let a: TestOrg
let b: TestOrg
beforeAll(async () => { kit = await openDefinitions() })
afterAll(() => kit.house.close())
beforeEach(async () => { [a, b] = [await kit.house.org('A'), await kit.house.org('B')] })

const startedAt = '2026-11-27T09:00:00.000Z'
const facts = { pages: 3 }

describe('a simulation', () => {
  test('asks the people who are in the groups now, at the moments that there will be', async () => {
    const group = await kit.group(a.owner, [a.editor, a.viewer])
    const id = await kit.flow(a.owner, specOf('Two stages', [
      stageOf('read', [{ group }], { deadline: { workingDays: 1 }, onDeadline: 'expire', reminders: [{ before: { hours: 12 } }] }), stageOf('sign', [{ role: 'admin' }], { when: { fact: 'pages', above: 5 } }), stageOf('file', [{ role: 'owner' }]),
    ]))
    const by = { id, sample: { facts }, startedAt, requesterId: a.guest.userId }
    const played = await kit.definitions.simulate(a.viewer, sampling({ ...by, answers: [{ stage: 'read', userId: a.editor.userId, verdict: 'approve', after: { hours: 70 } }] }))
    expect(played).toMatchObject({ outcome: 'approved', endedAt: '2026-11-30T07:00:00.000Z', faults: [] })
    expect(played.steps.map(({ stage, state, asked, reminders }) => ({ stage, state, asked: asked.map(({ userId }) => userId), reminders }))).toEqual([
      { stage: 'read', state: 'approved', asked: [a.editor.userId, a.viewer.userId], reminders: ['2026-11-29T21:00:00.000Z'] },
      { stage: 'sign', state: 'skipped', asked: [], reminders: [] },
      { stage: 'file', state: 'approved', asked: [a.owner.userId], reminders: [] },
    ])
    await kit.leave(a.owner, group, a.editor.userId)
    expect((await kit.definitions.simulate(a.viewer, sampling(by))).steps[0]?.asked.map(({ userId }) => userId)).toEqual([a.viewer.userId])
  })

  test('says what is wrong with what cannot be published, and plays it nevertheless', async () => {
    const group = await kit.group(b.owner, [b.viewer])
    const spec = specOf('Foreign', [stageOf('a', [{ group }, { user: b.viewer.userId }])])
    const played = await kit.definitions.simulate(a.admin, sampling({ spec, sample: { facts }, startedAt }))
    expect(played.faults.map(({ path }) => path)).toEqual(['stages.0.ask.0.group', 'stages.0.ask.1.user'])
    expect(played.steps[0]?.asked).toMatchObject([{ userId: a.owner.userId, why: 'moved' }])
  })

  test('knows whom a field names, by address or id, and leaves out who asks', async () => {
    const { document: { id: documentId } } = await kit.house.upload(a.owner, 'sample')
    const [row] = await kit.house.deps.runInTx(a.owner, (tx) => tx.$queryRaw<{ email: string }[]>`select email from app.member where org_id = ${a.org.id}::uuid and user_id = ${a.editor.userId}::uuid`)
    await kit.house.setMetadata(a.owner, { id: documentId, metadata: { manager: ` ${row?.email.toUpperCase() ?? ''}`, second: a.viewer.userId } })
    const spec = specOf('Fields', [stageOf('a', [{ field: 'manager' }, { field: 'second' }])])
    const asked = async (requesterId = a.owner.userId): Promise<string[]> =>
      (await kit.definitions.simulate(a.admin, sampling({ spec, sample: { documentId }, requesterId }))).steps.flatMap((step) => step.asked.map(({ userId }) => userId))
    expect(await asked()).toEqual([a.editor.userId, a.viewer.userId])
    expect(await asked(a.viewer.userId)).toEqual([a.editor.userId])
  })

  test('writes nothing', async () => {
    const before = await kit.house.events(a.owner)
    await kit.definitions.simulate(a.owner, sampling({ spec: specOf('Nothing', [stageOf('a', [{ role: 'owner' }])]), sample: { facts } }))
    expect(await kit.house.events(a.owner)).toEqual(before)
  })

  test('is refused on what the caller may not see', async () => {
    const spec = specOf('Refused', [stageOf('a', [{ role: 'owner' }])])
    const { documentId: hidden } = await kit.hidden(a.owner)
    const foreign = await kit.house.upload(b.owner, 'foreign')
    for (const documentId of [hidden, foreign.document.id, newId() as never]) {
      await expect(kit.definitions.simulate(a.admin, sampling({ spec, sample: { documentId } }))).rejects.toMatchObject(failing('document.not_found'))
    }
    await expect(kit.definitions.simulate(a.admin, sampling({ id: await kit.flow(b.owner, spec), sample: { facts } }))).rejects.toMatchObject(failing('flow.not_found'))
    await expect(kit.definitions.simulate(kit.without(a.admin, 'members:read'), sampling({ spec, sample: { facts } }))).rejects.toMatchObject(failing('auth.forbidden'))
  })
})
