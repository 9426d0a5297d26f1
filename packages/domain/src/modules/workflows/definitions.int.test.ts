import type { FlowId, FlowSpec } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { failing, openDefinitions, specOf, stageOf, type TestDefinitions } from './definitions.testkit.ts'

let kit: TestDefinitions
let a: TestOrg
let b: TestOrg
beforeAll(async () => { kit = await openDefinitions() })
afterAll(() => kit.house.close())
beforeEach(async () => { [a, b] = [await kit.house.org('A'), await kit.house.org('B')] })

const asks = (...people: Actor[]): FlowSpec => specOf(`Asks ${newId()}`, [stageOf('a', people.map(({ userId: user }) => ({ user })))])
const versions = (org: TestOrg, id: FlowId): Promise<{ version: number; name: string; publishedBy: string }[]> => kit.house.deps.runInTx(org.owner, (tx) => tx.$queryRaw`
  select version, spec->>'name' as name, published_by as "publishedBy" from flow_version where flow_id = ${id}::uuid order by version`)

/** What a refusal must leave as it was. */
async function refused(org: TestOrg, work: () => Promise<unknown>, code: string): Promise<unknown> {
  const state = async (): Promise<unknown> => [
    await kit.house.events(org.owner), await kit.audit(org.owner),
    await kit.house.deps.runInTx(org.owner, (tx) => tx.$queryRaw`select f.*, (select count(*)::int from flow_version v where v.flow_id = f.id) as versions from flow f order by id`),
  ]
  const before = await state()
  const error: unknown = await work().then(() => null, (thrown: unknown) => thrown)
  expect(error).toMatchObject(failing(code))
  expect(await state()).toEqual(before)
  return error
}
const faults = async (org: TestOrg, actor: Actor, spec: FlowSpec): Promise<string[]> => {
  const id = await kit.flow(org.owner, spec)
  const error = await refused(org, () => kit.definitions.publish(actor, { id }), 'flow.invalid') as { details: { faults: { path: string; message: string }[] } }
  return error.details.faults.map(({ path, message }) => `${path}: ${message}`)
}

describe('a draft', () => {
  test('is kept as it was written, also one that cannot work, with event and audit row', async () => {
    const spec = asks(b.viewer)
    const flow = await kit.definitions.create(a.admin, { spec })
    expect(flow).toMatchObject({ name: spec.name, status: 'active', version: 0, createdBy: a.admin.userId, publishedAt: null })
    expect(await kit.definitions.get(a.viewer, { id: flow.id })).toEqual({ ...flow, spec, shown: { version: 0, publishedBy: null, publishedAt: null } })
    expect(await kit.audit(a.owner)).toEqual([{ action: 'workflows.definition-created.v1', subjectId: flow.id, data: { before: null, after: { name: spec.name, spec } } }])
  })
  test('has a name that no other active flow of the organization has', async () => {
    const spec = asks(a.viewer)
    await kit.flow(a.owner, spec)
    await refused(a, () => kit.definitions.create(a.owner, { spec: { ...spec, name: spec.name.toUpperCase() } }), 'flow.name_taken')
    expect(await kit.definitions.create(b.owner, { spec })).toMatchObject({ version: 0 })
  })
})

describe('a version', () => {
  test('is what was published, by whom, and stays so', async () => {
    const [first, second] = [asks(a.viewer), asks(a.editor)]
    const id = await kit.flow(a.owner, first)
    expect(await kit.definitions.publish(a.admin, { id })).toMatchObject({ version: 1, name: first.name })
    expect(await kit.definitions.publish(a.owner, { id, spec: second })).toMatchObject({ version: 2, name: second.name })
    expect(await kit.definitions.get(a.viewer, { id, version: 1 })).toMatchObject({ name: second.name, spec: first, shown: { version: 1, publishedBy: a.admin.userId } })
    expect(await kit.definitions.get(a.viewer, { id })).toMatchObject({ spec: second, shown: { version: 2, publishedBy: a.owner.userId } })
    expect((await kit.audit(a.owner)).map(({ action, data }) => [action, (data as { after: { version?: number } }).after.version])).toEqual([
      ['workflows.definition-created.v1', undefined], ['workflows.definition-published.v1', 1], ['workflows.definition-published.v1', 2],
    ])
    await refused(a, () => kit.definitions.get(a.viewer, { id, version: 3 }), 'flow.not_found')
  })
  test('is made once of the same definition by the same person, and again by somebody else, whose rights it then has', async () => {
    const id = await kit.flow(a.owner, asks(a.viewer))
    await kit.definitions.publish(a.owner, { id })
    const before = await kit.house.events(a.owner)
    expect(await kit.definitions.publish(a.owner, { id })).toMatchObject({ version: 1 })
    expect(await kit.house.events(a.owner)).toEqual(before)
    expect(await kit.definitions.publish(a.admin, { id })).toMatchObject({ version: 2 })
    expect((await versions(a, id)).map(({ publishedBy }) => publishedBy)).toEqual([a.owner.userId, a.admin.userId])
  })
  test('is changed and deleted by nobody', async () => {
    const id = await kit.flow(a.owner, asks(a.viewer))
    await kit.definitions.publish(a.owner, { id })
    const asApp = (sql: string): Promise<number> => kit.house.deps.runInTx(a.owner, (tx) => tx.$executeRawUnsafe(sql))
    await expect(asApp(`update flow_version set spec = '{}' where flow_id = '${id}'`)).rejects.toThrow(/permission denied/)
    await expect(asApp(`delete from flow_version where flow_id = '${id}'`)).rejects.toThrow(/permission denied/)
    const admin = new pg.Client({ connectionString: kit.house.db.adminUrl })
    await admin.connect()
    await expect(admin.query(`update flow_version set spec = '{}' where flow_id = '${id}'`)).rejects.toThrow()
    await admin.end()
    expect(await versions(a, id)).toHaveLength(1)
  })
  test('has a number of its own however many publish at once', async () => {
    const id = await kit.flow(a.owner, asks(a.viewer))
    const specs = Array.from({ length: 8 }, () => asks(a.viewer))
    const published = await Promise.all(specs.map((spec, at) => kit.definitions.publish(at % 2 === 0 ? a.owner : a.admin, { id, spec })))
    expect(published.map(({ version }) => version).toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    for (const { version, name } of published) expect((await versions(a, id))[version - 1]?.name).toBe(name)
    expect((await kit.house.events(a.owner)).filter(({ type }) => type === 'workflows.definition-published.v1').map(({ payload }) => (payload as { version: number }).version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})

describe('publishing is refused, with the place of each fault, and changes nothing', () => {
  test('what another organization has is not there', async () => {
    const [group, folderId] = [await kit.group(b.owner, [b.viewer]), await kit.folder(b.owner)]
    const foreign = await kit.flow(b.owner, asks(b.viewer))
    await kit.definitions.publish(b.owner, { id: foreign })
    const unknown = newId() as never
    const named = (of: { group: never; folder: never; user: never; flow: never }): FlowSpec => specOf(`F ${newId()}`, [
      stageOf('a', [{ group: of.group }, { user: of.user }], { when: { fact: 'folder', is: of.folder }, ifAway: { group: of.group } }),
    ], {
      trigger: { on: 'uploaded', folderId: of.folder },
      effects: { approved: [{ do: 'move', folderId: of.folder }, { do: 'share', with: { group: of.group }, level: 'view' }, { do: 'share', with: { user: of.user }, level: 'view' }, { do: 'start', flowId: of.flow }] },
    })
    const told = await faults(a, a.owner, named({ group: group as never, folder: folderId as never, user: b.viewer.userId as never, flow: foreign as never }))
    expect(told.map((fault) => fault.split(':')[0])).toEqual([
      'stages.0.ask.0.group', 'stages.0.ask.1.user', 'stages.0.ifAway.group', 'stages.0.when', 'trigger.folderId', 'effects.approved.0.folderId',
      'effects.approved.1.with.group', 'effects.approved.2.with.user', 'effects.approved.3.flowId',
    ])
    expect(await faults(a, a.owner, named({ group: unknown, folder: unknown, user: unknown, flow: unknown }))).toEqual(told)
  })
  test('a folder that the publisher is not shown is not there', async () => {
    const hidden = await kit.folder(a.owner, 'restricted')
    const spec = specOf('Hidden', [stageOf('a', [{ user: a.viewer.userId }])], { trigger: { on: 'uploaded', folderId: hidden }, effects: { approved: [{ do: 'move', folderId: hidden }] } })
    expect(await faults(a, a.admin, spec)).toEqual(['trigger.folderId: there is no such folder', 'effects.approved.0.folderId: there is no such folder'])
  })
  test('a quorum over the group, an empty group, somebody suspended', async () => {
    const [pair, nobody] = [await kit.group(a.owner, [a.viewer, a.editor]), await kit.group(a.owner, [])]
    await kit.house.deps.runInTx(a.owner, (tx) => tx.$executeRaw`update membership set status = 'suspended' where org_id = ${a.org.id}::uuid and user_id = ${a.editor.userId}::uuid`)
    const spec = specOf('Too many', [stageOf('a', [{ group: pair }], { decide: { rule: 'quorum', approvals: 2 } }), stageOf('b', [{ group: nobody }]), stageOf('c', [{ user: a.editor.userId }])])
    expect(await faults(a, a.owner, spec)).toEqual([
      'stages.0.decide.approvals: it wants 2 approvals of 1 people', 'stages.1.ask.0.group: nobody in this group is an active member who may decide', 'stages.2.ask.0.user: there is no such active member',
    ])
  })
  test('a field that no document has which the publisher reads', async () => {
    const { reader, documentId } = await kit.hidden(a.owner)
    await kit.house.setMetadata(reader, { id: documentId, metadata: { amount: 3 } })
    const spec = specOf('Field', [stageOf('a', [{ user: a.viewer.userId }], { when: { fact: 'metadata.amount', above: 2 } })])
    expect(await faults(a, a.admin, spec)).toEqual(['stages.0.when.fact: no document has a field amount'])
    const [flow] = (await kit.definitions.list(a.owner, { limit: 50, status: 'active' })).items
    expect(await kit.definitions.publish(reader, { id: flow?.id ?? newId() as FlowId })).toMatchObject({ version: 1 })
  })
  test('what is done at the end with rights that the publisher lacks', async () => {
    const view = await kit.folder(a.owner)
    const spec = specOf('Rights', [stageOf('a', [{ user: a.viewer.userId }])], { effects: { approved: [{ do: 'move', folderId: view }, { do: 'hook', name: 'paid' }], rejected: [{ do: 'tag', add: ['x'] }], expired: [{ do: 'start', flowId: newId() }] } })
    expect((await faults(a, kit.without(a.owner, 'documents:edit', 'flows:start'), spec)).map((fault) => fault.split(':')[0])).toEqual([
      'effects.expired.0.flowId', 'effects.approved.0.do', 'effects.rejected.0.do', 'effects.expired.0.do',
    ])
  })
  test('of two flows that start each other one, whoever is first', async () => {
    const ids = [await kit.flow(a.owner, asks(a.viewer)), await kit.flow(a.owner, asks(a.viewer))] as const
    for (const id of ids) await kit.definitions.publish(a.owner, { id })
    const starts = (flowId: FlowId): FlowSpec => specOf(`Starts ${newId()}`, [stageOf('a', [{ user: a.viewer.userId }])], { effects: { approved: [{ do: 'start', flowId }] } })
    const ends = await Promise.allSettled([kit.definitions.publish(a.owner, { id: ids[0], spec: starts(ids[1]) }), kit.definitions.publish(a.admin, { id: ids[1], spec: starts(ids[0]) })])
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(ends.find((end) => end.status === 'rejected')).toMatchObject({ reason: { code: 'flow.invalid', details: { faults: [{ path: 'effects.approved.0.flowId' }] } } })
  })
  test('a name that another flow has', async () => {
    const taken = asks(a.viewer)
    await kit.flow(a.owner, taken)
    const id = await kit.flow(a.owner, asks(a.viewer))
    await refused(a, () => kit.definitions.publish(a.owner, { id, spec: taken }), 'flow.name_taken')
  })
})

describe('an archived flow', () => {
  test('is published no more, leaves its name, and is told of once', async () => {
    const spec = asks(a.viewer)
    const id = await kit.flow(a.owner, spec)
    await kit.definitions.publish(a.owner, { id })
    expect(await kit.definitions.archive(a.admin, { id })).toMatchObject({ status: 'archived', version: 1 })
    const before = await kit.house.events(a.owner)
    expect(await kit.definitions.archive(a.owner, { id })).toMatchObject({ status: 'archived' })
    expect(await kit.house.events(a.owner)).toEqual(before)
    await refused(a, () => kit.definitions.publish(a.owner, { id }), 'flow.state')
    const next = await kit.flow(a.owner, spec)
    expect((await kit.definitions.list(a.viewer, { limit: 50, status: 'active' })).items.map((flow) => flow.id)).toEqual([next])
    expect((await kit.definitions.list(a.viewer, { limit: 50, status: 'archived' })).items.map((flow) => flow.id)).toEqual([id])
    expect(await kit.definitions.get(a.viewer, { id })).toMatchObject({ spec })
  })
  test('is started by no other', async () => {
    const id = await kit.flow(a.owner, asks(a.viewer))
    await kit.definitions.publish(a.owner, { id })
    await kit.definitions.archive(a.owner, { id })
    const spec = specOf('Starts an archived one', [stageOf('a', [{ user: a.viewer.userId }])], { effects: { approved: [{ do: 'start', flowId: id }] } })
    expect(await faults(a, a.owner, spec)).toEqual(['effects.approved.0.flowId: there is no such published flow'])
  })
})

test('a flow of another organization is not there', async () => {
  const id = await kit.flow(b.owner, asks(b.viewer))
  const before = await kit.definitions.get(b.owner, { id })
  for (const work of [() => kit.definitions.get(a.owner, { id }), () => kit.definitions.publish(a.owner, { id, spec: asks(a.viewer) }), () => kit.definitions.archive(a.owner, { id })]) {
    await refused(a, work, 'flow.not_found')
  }
  expect(await kit.definitions.get(b.owner, { id })).toEqual(before)
})

test('the list goes page by page, oldest first, each flow once', async () => {
  const ids: FlowId[] = []
  for (let at = 0; at < 5; at += 1) ids.push(await kit.flow(a.owner, asks(a.viewer)))
  const seen: FlowId[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Awaited<ReturnType<typeof kit.definitions.list>> = await kit.definitions.list(a.viewer, { limit: 2, status: 'active', ...(cursor === undefined ? {} : { cursor }) })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  expect(seen).toEqual(ids)
})
