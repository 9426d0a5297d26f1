import type { DocumentId, FlowId, FlowRunId, FlowSpecInput, FolderId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRuns, stage, type Runs } from './runs.testkit.ts'

let runs: Runs
beforeAll(async () => { runs = await openRuns() })
afterAll(() => runs.close())

type Effects = NonNullable<NonNullable<FlowSpecInput['effects']>['approved']>
async function approved(effects: Effects, by = runs.owner): Promise<{ id: FlowRunId; documentId: DocumentId }> {
  const [a] = await runs.members(1)
  const { id: documentId } = await runs.document()
  const id = await runs.begin(await runs.publish([stage('one', [a])], { effects: { approved: effects } }, by), documentId)
  await runs.answer(id, a)
  return { id, documentId }
}
const folder = async (): Promise<FolderId> => (await runs.house.folders.create(runs.editor, { name: `folder ${newId()}`, parentId: null, visibility: 'org' })).id

describe('the end of a run', () => {
  test('does each effect once, in the name of whoever published the flow, whatever is called again', async () => {
    const [folderId, other] = [await folder(), await runs.publish([stage('one', [runs.admin])])]
    const { id, documentId } = await approved([
      { do: 'move', folderId }, { do: 'tag', add: ['approved'], remove: ['draft'] }, { do: 'set', metadata: { status: 'approved' } },
      { do: 'share', with: { user: runs.guest.userId }, level: 'view' }, { do: 'hook', name: 'paid' }, { do: 'start', flowId: other },
    ])
    expect((await runs.get(id)).effects.map(({ does, state }) => [does, state])).toEqual(['move', 'tag', 'set', 'share', 'hook', 'start'].map((does) => [does, 'done']))
    expect(await runs.house.get(runs.owner, { id: documentId })).toMatchObject({ folderId, tags: ['approved'], metadata: { status: 'approved' } })
    expect((await runs.house.get(runs.guest, { id: documentId })).id).toBe(documentId)
    const started = await runs.workflows.runs.list(runs.owner, { limit: 10, documentId, flowId: other })
    expect(started.items.map(({ requesterId }) => requesterId)).toEqual([runs.editor.userId])
    const before = await runs.events(documentId)
    expect(before.filter(({ type }) => type === 'workflows.hook-asked.v1').map(({ payload }) => payload)).toEqual([{ runId: id, documentId, name: 'paid', version: 1, contentSha256: (await runs.get(id)).steps[0]!.tasks[0]!.contentSha256 }])
    await runs.workflows.driver.effects(await runs.keyOf(id))
    expect(await runs.events(documentId)).toEqual(before)
    const tagged = await runs.unit.runInTx(runs.owner, (tx) => tx.$queryRaw<{ actorId: string }[]>`
      select actor_id::text as "actorId" from audit where action = 'documents.tags-changed.v1' and subject_id = ${documentId}`)
    expect(tagged).toEqual([{ actorId: runs.owner.userId }])
  })

  test('tells of an effect that its publisher may not do, and does the others', async () => {
    const [publisher] = await runs.members(1)
    const flowId = await runs.publish([stage('one', [runs.admin])], { effects: { approved: [{ do: 'set', metadata: { a: 1 } }, { do: 'hook', name: 'told' }] } }, publisher)
    const { id: documentId } = await runs.document()
    const id = await runs.begin(flowId, documentId)
    await runs.unit.runInTx(runs.owner, (tx) => tx.$executeRaw`update membership set status = 'suspended' where org_id = ${publisher.orgId}::uuid and user_id = ${publisher.userId}::uuid`)
    await runs.answer(id, runs.admin)
    expect((await runs.get(id)).effects).toEqual([{ ordinal: 0, does: 'set', state: 'failed', fault: 'auth.forbidden' }, { ordinal: 1, does: 'hook', state: 'done', fault: null }])
  })

  test('is not done to bytes that nobody decided about', async () => {
    const [a] = await runs.members(1)
    const flowId = await runs.publish([stage('one', [a])], { effects: { approved: [{ do: 'tag', add: ['approved'] }, { do: 'hook', name: 'paid' }] } })
    const { id: documentId } = await runs.document()
    const id = await runs.begin(flowId, documentId)
    const task = await runs.taskOf(id, a)
    runs.temporal.answers = 'unknown'
    await runs.decide(a, task)
    const key = await runs.keyOf(id)
    const [pending] = await runs.unit.runInTx(runs.owner, (tx) => tx.$queryRaw<{ id: string }[]>`select id::text from flow_decision where task_id = ${task.id}::uuid`)
    await runs.workflows.driver.record(key, pending!.id)
    expect(await runs.advance(id)).toEqual({ kind: 'over', state: 'approved', settled: false })
    await runs.document({ documentId })
    await runs.workflows.driver.effects(key)
    runs.temporal.answers = 'works'
    expect((await runs.get(id)).effects.map(({ state, fault }) => [state, fault])).toEqual([['failed', 'document.stale'], ['failed', 'document.stale']])
    expect((await runs.house.get(runs.owner, { id: documentId })).tags).toEqual([])
    expect((await runs.events(documentId)).filter(({ type }) => type === 'workflows.hook-asked.v1')).toEqual([])
  })

  test('says that no run began where one of that flow is open already', async () => {
    const other = await runs.publish([stage('one', [runs.admin])])
    const [a] = await runs.members(1)
    const flowId = await runs.publish([stage('one', [a])], { effects: { approved: [{ do: 'start', flowId: other }] } })
    const { id: documentId } = await runs.document()
    await runs.begin(other, documentId)
    const id = await runs.begin(flowId, documentId)
    await runs.answer(id, a)
    expect((await runs.get(id)).effects).toEqual([{ ordinal: 0, does: 'start', state: 'failed', fault: 'run.open' }])
  })

  test('goes on from the effect that it came to, when something fell over between them', async () => {
    const { id } = await approved([{ do: 'hook', name: 'first' }])
    const key = await runs.keyOf(id)
    // As it is after a worker died between the end and its effects.
    await runs.unit.runInTx(runs.owner, (tx) => tx.$executeRaw`update flow_run set effects_left = 1 where id = ${id}::uuid`)
    runs.temporal.stirred.length = 0
    await runs.workflows.chores.reconcile(runs.gateway, { olderThanMs: -1000, signal: new AbortController().signal })
    expect(runs.temporal.stirred.map(({ runId }) => runId)).toContain(id)
    await runs.workflows.driver.effects(key)
    expect((await runs.events(key.documentId)).filter(({ type }) => type === 'workflows.hook-asked.v1')).toHaveLength(1)
  })
})

describe('a flow begins by itself', () => {
  const runsOf = async (flowId: FlowId, documentId: DocumentId) => (await runs.workflows.runs.list(runs.owner, { limit: 20, documentId, flowId })).items
  const versions = (documentId: DocumentId) => runs.unit.runInTx(runs.owner, (tx) => tx.$queryRaw<{ id: string }[]>`
    select id::text from document_version where document_id = ${documentId}::uuid order by number`)
  /** Of the newest version, unless another is named. */
  const ready = async (documentId: DocumentId, versionId?: string) =>
    runs.deliver('workflows.trigger-runs', { type: 'documents.ready.v1', payload: { documentId, versionId: versionId ?? (await versions(documentId)).at(-1)?.id } })

  test('on a version that was read, once for each version however often it is told; who made the version asks', async () => {
    const flowId = await runs.publish([stage('one', [runs.admin])], { trigger: { on: 'ready', when: { fact: 'name', is: 'a.txt' } } })
    const [maker] = await runs.members(1)
    const { id: documentId } = await runs.document({ by: maker })
    await Promise.all([ready(documentId), ready(documentId)])
    const [run, ...others] = await runsOf(flowId, documentId)
    expect([run?.requesterId, others]).toEqual([maker.userId, []])
    await runs.workflows.runs.withdraw(runs.owner, { id: run!.id })
    await ready(documentId)
    expect(await runsOf(flowId, documentId)).toHaveLength(1)
    await runs.document({ documentId })
    await ready(documentId)
    expect(await runsOf(flowId, documentId)).toHaveLength(2)
  })

  test('in a folder and those below it, on the first version alone', async () => {
    const above = await folder()
    const below = (await runs.house.folders.create(runs.editor, { name: newId(), parentId: above, visibility: 'org' })).id
    const flowId = await runs.publish([stage('one', [runs.admin])], { trigger: { on: 'uploaded', folderId: above } })
    const [{ document: inside }, { id: outside }] = [await runs.house.upload(runs.editor, `x ${newId()}`, { folderId: below }), await runs.document()]
    await runs.read(inside.id)
    for (const id of [inside.id, outside]) await ready(id)
    expect([await runsOf(flowId, inside.id), await runsOf(flowId, outside)].map(({ length }) => length)).toEqual([1, 0])
  })

  test('in a folder also where the second version follows the first at once, or comes before the first was read', async () => {
    const folderId = await folder()
    const flowId = await runs.publish([stage('one', [runs.admin])], { trigger: { on: 'uploaded', folderId } })
    const [late, unread] = [await runs.house.upload(runs.editor, `x ${newId()}`, { folderId }), await runs.house.upload(runs.editor, `x ${newId()}`, { folderId })]
    await runs.read(late.document.id)
    for (const { document: { id: documentId } } of [late, unread]) await runs.house.upload(runs.editor, `y ${newId()}`, { documentId })
    await ready(late.document.id, (await versions(late.document.id))[0]!.id)
    await runs.read(late.document.id)
    await ready(late.document.id)
    expect(await runsOf(flowId, late.document.id)).toHaveLength(1)
    await runs.unit.runInTx(runs.owner, (tx) => tx.$executeRaw`update document_version set state = 'ready' where document_id = ${unread.document.id}::uuid and number = 2`)
    await ready(unread.document.id)
    expect(await runsOf(flowId, unread.document.id)).toHaveLength(1)
  })

  test('while the document is being read, and asks nobody before it was; what only reading tells is waited for', async () => {
    const [plain, pages] = await Promise.all([{ fact: 'name' as const, is: 'a.txt' }, { fact: 'pages' as const, above: 0 }].map((when) =>
      runs.publish([stage('one', [runs.admin])], { trigger: { on: 'tagged', tag: 'early', when } })))
    const { document: { id: documentId } } = await runs.house.upload(runs.editor, `x ${newId()}`)
    const tagged = () => runs.deliver('workflows.trigger-runs', { type: 'documents.tags-changed.v1', payload: { documentId, added: ['early'], removed: [] }, id: 300n })
    await expect(tagged()).rejects.toEqual(expect.objectContaining({ code: 'run.document' }))
    const [run] = await runsOf(plain!, documentId)
    expect(await runs.advance(run!.id)).toMatchObject({ kind: 'going', nextAt: null })
    expect([await runs.asked(run!.id), await runsOf(pages!, documentId)]).toEqual([[], []])
    await runs.read(documentId)
    await tagged()
    await runs.deliver('workflows.follow-documents', { type: 'documents.ready.v1', payload: { documentId } })
    expect([await runs.asked(run!.id), (await runsOf(plain!, documentId)).length, (await runsOf(pages!, documentId)).length]).toEqual([runs.idsOf(runs.admin), 1, 1])
  })

  test('on a tag, and on a change of what its condition asks of, and on nothing else', async () => {
    const tagged = await runs.publish([stage('one', [runs.admin])], { trigger: { on: 'tagged', tag: 'to pay' } })
    const changed = await runs.publish([stage('one', [runs.admin])], { trigger: { on: 'changed', when: { all: [{ fact: 'metadata.amount', above: 100 }, { fact: 'tag', is: 'to pay' }] } } })
    const { id: documentId } = await runs.document()
    const tell = (type: string, payload: object, id: bigint) => runs.deliver('workflows.trigger-runs', { type, payload: { documentId, ...payload }, id })
    await runs.house.setMetadata(runs.editor, { id: documentId, metadata: { amount: 500, other: 1 } })
    await tell('documents.metadata-changed.v1', { changed: ['amount'] }, 10n)
    expect(await runsOf(changed, documentId)).toEqual([])
    await runs.house.tags.add(runs.editor, { id: documentId, tags: ['to pay'] })
    await tell('documents.metadata-changed.v1', { changed: ['other'] }, 11n)
    expect([await runsOf(tagged, documentId), await runsOf(changed, documentId)]).toEqual([[], []])
    for (const id of [12n, 12n]) await tell('documents.tags-changed.v1', { added: ['to pay'], removed: [] }, id)
    expect([await runsOf(tagged, documentId), await runsOf(changed, documentId)].map(({ length }) => length)).toEqual([1, 1])
  })

  test('a few times an hour on a document at most, so that flows which set each other off come to rest', async () => {
    const flowId = await runs.publish([stage('one', [runs.admin])], { trigger: { on: 'tagged', tag: 'loop' } })
    const { id: documentId } = await runs.document()
    for (let n = 0; n < 13; n += 1) {
      await runs.deliver('workflows.trigger-runs', { type: 'documents.tags-changed.v1', payload: { documentId, added: ['loop'], removed: [] }, id: BigInt(100 + n) })
      for (const { id, endedAt } of await runsOf(flowId, documentId)) if (endedAt === null) await runs.workflows.runs.withdraw(runs.owner, { id })
    }
    expect(await runsOf(flowId, documentId)).toHaveLength(10)
  })
})
