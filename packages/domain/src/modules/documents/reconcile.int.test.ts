import { newId } from '@intellidocs/kernel'
import type { DocumentId, RunRef, VersionId } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { beginProcessing, endProcessing } from './processing.service.ts'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let org: TestOrg
/** Where the test's clock stands ahead of the real one, in milliseconds. */
let ahead = 0
const statusByDefault = (_run: RunRef) => Promise.resolve(house.gateway.statusIs)
beforeAll(async () => { house = await openTestModule({ clock: { now: () => new Date(Date.now() + ahead) } }) })
afterAll(() => house.close())
beforeEach(async () => {
  org = await house.org()
  ahead = 0
  Object.assign(house.gateway, { statusIs: 'absent', status: statusByDefault, open: [], started: [], cancelled: [] })
})

const newDocument = async () => (await house.upload(org.editor, newId())).document
const refOf = (id: DocumentId) => house.refOf(org.system, id)
/** Reconciles as seen `ms` from now; a version is left alone for 30 s. */
async function reconcileAfter(ms: number, signal = new AbortController().signal) {
  ahead = ms
  try {
    return await house.reconcile(house.gateway, { olderThanMs: 30_000, signal })
  } finally {
    ahead = 0
  }
}
const startedOf = (ids: readonly DocumentId[]) => house.gateway.started.filter((ref) => ids.includes(ref.documentId)).map((ref) => ref.documentId)
/** Copies of one waiting version, as rows: what an outage of hours leaves. */
async function manyWaiting(count: number): Promise<DocumentId[]> {
  const { id } = await newDocument()
  const copies = await house.deps.runInTx(org.system, async (tx) => {
    const rows = await tx.$queryRaw<{ id: DocumentId }[]>`
      insert into document select r.* from document d, generate_series(2, ${count}::int) n,
        jsonb_populate_record(null::document, to_jsonb(d) || jsonb_build_object('id', gen_random_uuid(), 'name', d.name || n)) r
      where d.id = ${id}::uuid returning id`
    await tx.$executeRaw`
      insert into document_version select r.* from document_version v, unnest(${rows.map((row) => row.id)}::uuid[]) copy,
        jsonb_populate_record(null::document_version, to_jsonb(v) || jsonb_build_object('id', gen_random_uuid(), 'document_id', copy,
          'state_changed_at', v.state_changed_at - interval '1 microsecond' * (random() * 3)::int)) r
      where v.document_id = ${id}::uuid`
    return rows
  })
  return [id, ...copies.map((row) => row.id)]
}

test('the reconciler starts what has no run, begins anew what ended unsettled, gives up on what failed, leaves open runs alone', async () => {
  const { id } = await newDocument()
  house.gateway.statusIs = 'open'
  await reconcileAfter(60_000)
  expect([await refOf(id), startedOf([id])]).toMatchObject([{ attempt: 1 }, []])
  house.gateway.statusIs = 'absent'
  await reconcileAfter(60_000)
  expect(startedOf([id])).toEqual([id])
  house.gateway.statusIs = 'closed'
  await reconcileAfter(60_000)
  expect(await refOf(id)).toMatchObject({ attempt: 2 })
  expect((await house.events(org.owner)).at(-1)).toMatchObject({ type: 'documents.reprocess-requested.v1', payload: { attempt: 2 } })
  await reconcileAfter(0)
  expect(await refOf(id)).toMatchObject({ attempt: 2 })
  house.gateway.statusIs = 'failed'
  await reconcileAfter(200_000)
  expect(await house.get(org.editor, { id })).toMatchObject({ state: 'failed', reason: 'internal' })
})

test('more stuck versions than one list holds are all started, each once', async () => {
  const ids = await manyWaiting(1_203)
  const { looked, started, unanswered } = await reconcileAfter(60_000)
  expect(startedOf(ids).sort()).toEqual([...ids].sort())
  expect([looked, unanswered]).toEqual([started, 0])
})

test('one version that cannot be looked at keeps no other waiting', async () => {
  const ids = await manyWaiting(20)
  const [bad] = ids
  const badVersion = (await refOf(bad ?? ids[0] as DocumentId)).versionId
  house.gateway.status = (run) => run.versionId === badVersion ? Promise.reject(new Error('not this one')) : Promise.resolve('absent')
  expect(await reconcileAfter(60_000)).toMatchObject({ unanswered: 1 })
  expect(startedOf(ids).sort()).toEqual(ids.filter((id) => id !== bad).sort())
})

test('while Temporal answers nothing the reconciler gives up soon, and says why', async () => {
  await manyWaiting(200)
  let asked = 0
  house.gateway.status = () => {
    asked++
    return Promise.reject(new Error('Temporal is away'))
  }
  await expect(reconcileAfter(60_000)).rejects.toMatchObject({ message: '50 looks in a row went unanswered', cause: { message: 'Temporal is away' } })
  expect(asked).toBeLessThan(70)
  expect(house.gateway.started).toEqual([])
})

test('a process that is told to stop starts nothing more', async () => {
  await manyWaiting(50)
  const stop = new AbortController()
  house.gateway.status = () => {
    stop.abort()
    return Promise.resolve('absent')
  }
  await expect(reconcileAfter(60_000, stop.signal)).rejects.toThrow()
  expect(house.gateway.started.length).toBeLessThan(20)
})

test('two reconcilers at once begin a version anew once', async () => {
  const { id } = await newDocument()
  house.gateway.statusIs = 'closed'
  const both = await Promise.all([reconcileAfter(60_000), reconcileAfter(60_000)])
  expect((await refOf(id)).attempt).toBe(2)
  const asked = (await house.events(org.owner)).filter((event) => event.type === 'documents.reprocess-requested.v1')
  expect([asked.length, both.length]).toEqual([1, 2])
})

test('a run whose version is gone, over or at another attempt is cancelled; one that is worked for or ended just now is not', async () => {
  const [working, over, overNow, again] = [await newDocument(), await newDocument(), await newDocument(), await newDocument()]
  await beginProcessing(house.deps, await refOf(working.id))
  await house.cancel(org.editor, { id: over.id })
  await house.reprocess(org.editor, { id: again.id })
  const run = async (id: DocumentId, attempt: number): Promise<RunRef> => ({ versionId: (await refOf(id)).versionId, attempt })
  const gone: RunRef = { versionId: newId() as VersionId, attempt: 1 }
  const [current, cancelled, before] = [await run(working.id, 1), await run(over.id, 1), await run(again.id, 1)]
  house.gateway.statusIs = 'open'
  house.gateway.open = [gone, current, cancelled, await run(overNow.id, 1), before, await run(again.id, 2)]
  ahead = 50_000
  await house.cancel(org.editor, { id: overNow.id })
  expect(await reconcileAfter(60_000)).toMatchObject({ cancelled: 3 })
  expect(house.gateway.cancelled).toEqual([gone, cancelled, before])
})

test('what a scanner found is looked at anew when an administrator has it read again, and when it was left in the queue as found', async () => {
  const { id } = await newDocument()
  const scanOf = async () => (await house.versions.list(org.system, { id, limit: 1 })).items.map(({ scan, state }) => ({ scan, state }))
  const first = await refOf(id)
  await beginProcessing(house.deps, first, 'scan')
  await endProcessing(house.deps, first, { state: 'failed', reason: 'infected', mime: null })
  expect(await scanOf()).toEqual([{ scan: 'infected', state: 'failed' }])
  expect(await house.administration.retry(first)).toBe(true)
  expect(await scanOf()).toEqual([{ scan: 'waiting', state: 'queued' }])
  await house.deps.runInTx(org.system, (tx) => tx.$executeRaw`update document_version set scan = 'infected' where document_id = ${id}::uuid`)
  house.gateway.statusIs = 'closed'
  await reconcileAfter(60_000)
  expect([await scanOf(), (await refOf(id)).attempt]).toEqual([[{ scan: 'waiting', state: 'queued' }], 3])
})
