import { join } from 'node:path'
import type { DocumentId } from '@intellidocs/contracts'
import { createProcessingActivities, type ProcessingActivities, type ProcessingRef } from '@intellidocs/domain/documents/temporal'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestHouse, type TestHouse } from './test-house.ts'

let house: TestHouse
let activities: ProcessingActivities
beforeAll(async () => {
  house = await openTestHouse()
  activities = createProcessingActivities({
    documents: house.documents.deps, extraction: house.realExtraction, ocrLangs: ['eng'], tempDir: join(house.folder, 'tmp'),
  })
})
afterAll(() => house.close())

/** As a worker would run it; each run has its own attempt number, heartbeats and cancellation. */
const quiet = { logger: new DefaultLogger('ERROR') }
const run = <A extends unknown[], R>(activity: (...args: A) => Promise<R>, ...args: A): Promise<R> =>
  new MockActivityEnvironment(undefined, quiet).run(activity, ...args)
type Passage = { page: number; ordinal: bigint; text: string }
const passages = (id: DocumentId) => house.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw<Passage[]>`
  select page, ordinal, text from passage where document_id = ${id}::uuid order by ordinal`)
/** When it was made differs from run to run. */
const pages = async (id: DocumentId) => (await house.pages(id)).map((page) => ({ ...page, provenance: { ...page.provenance, at: null }, passages: { ...page.passages, at: null } }))
const everything = async (id: DocumentId) => ({ document: await house.get(id), pages: await pages(id), passages: await passages(id) })
const newRef = async (text: string): Promise<ProcessingRef> => {
  const { id, versionId } = await house.upload(text, 'a.txt')
  return { orgId: house.org.id, documentId: id, versionId, attempt: 1 }
}
const whole = { from: 1, to: 1, first: true, last: true }
const text = 'The tide table hangs beside the door of the harbour office. '.repeat(60)

test('every activity run twice in a row leaves the rows of one run and gives the same answer', async () => {
  const once = await newRef(text)
  await run(activities.read, once)
  await run(activities.index, once, whole)
  const twice = await newRef(text)
  expect(await run(activities.read, twice)).toEqual(await run(activities.read, twice))
  await run(activities.ocr, twice, { from: 1, to: 1 })
  await run(activities.ocr, twice, { from: 1, to: 1 })
  await run(activities.index, twice, { ...whole, last: false })
  expect(await run(activities.index, twice, whole)).toEqual({ kind: 'done' })
  expect(await run(activities.index, twice, whole)).toEqual({ kind: 'ended', state: 'ready', reason: null })
  const [a, b] = [await everything(once.documentId), await everything(twice.documentId)]
  expect(b.pages).toEqual(a.pages)
  expect(b.passages).toEqual(a.passages)
  expect(b.document).toMatchObject({ state: 'ready', pages: 1 })
})

test('every activity run three times at once leaves the rows of one run', async () => {
  const once = await newRef(text)
  await run(activities.read, once)
  await run(activities.index, once, whole)
  const ref = await newRef(text)
  await Promise.all([1, 2, 3].map(() => run(activities.read, ref)))
  const ends = await Promise.all([1, 2, 3].map(() => run(activities.index, ref, whole)))
  expect(ends.filter((end) => end.kind === 'done')).toHaveLength(1)
  const [a, b] = [await everything(once.documentId), await everything(ref.documentId)]
  expect([b.pages, b.passages]).toEqual([a.pages, a.passages])
  const ready = await house.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw<{ n: number }[]>`
    select count(*)::int as n from event where document_id = ${ref.documentId}::uuid and type = 'documents.ready.v1'`)
  expect(ready).toEqual([{ n: 1 }])
})

test('an activity of an attempt that is no longer the running one fails for good and changes nothing', async () => {
  const ref = await newRef(text)
  await run(activities.read, ref)
  await house.documents.reprocess(house.editor, { id: ref.documentId })
  const before = await everything(ref.documentId)
  const page = { from: 1, to: 1 }
  for (const stale of [() => run(activities.read, ref), () => run(activities.ocr, ref, page), () => run(activities.index, ref, whole)]) {
    await expect(stale()).rejects.toMatchObject({ type: 'Fenced', nonRetryable: true })
  }
  expect(await run(activities.settle, ref, 'failed')).toMatchObject({ state: 'superseded' })
  expect(await everything(ref.documentId)).toEqual(before)
})

test('an activity whose reference names another organization finds nothing and changes nothing', async () => {
  const ref = await newRef(text)
  const other = '01890000-0000-7000-8000-00000000000f' as ProcessingRef['orgId']
  await expect(run(activities.read, { ...ref, orgId: other })).rejects.toMatchObject({ type: 'Fenced' })
  expect((await house.get(ref.documentId)).state).toBe('queued')
})

test('what is still broken after the quick tries is given minutes to come back before the file is given up', async () => {
  const ref = await newRef(text)
  const away = new Error('the database is away')
  const broken = createProcessingActivities({
    documents: { ...house.documents.deps, runInTx: () => Promise.reject(away) }, extraction: house.realExtraction, ocrLangs: ['eng'], tempDir: house.folder,
  })
  const tried = (attempt: number) => new MockActivityEnvironment({ attempt }, quiet).run(broken.read, ref).catch((error: unknown) => error)
  expect(await tried(1)).toBe(away)
  expect(await tried(4)).toMatchObject({ nonRetryable: false, nextRetryDelay: '3 minutes', cause: away })
  expect(await house.get(ref.documentId)).toMatchObject({ state: 'queued' })
})

test('pages that are missing are an error and never a ready document', async () => {
  const ref = await newRef(text)
  await run(activities.read, ref)
  await expect(run(activities.index, ref, { from: 1, to: 2, first: true, last: true })).rejects.toThrow('pages 1 to 2: 1 are there')
  expect((await house.get(ref.documentId)).state).toBe('processing')
})
