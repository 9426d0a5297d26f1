import type { DocumentId, ReprocessWhere } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { beginProcessing, endProcessing, finishProcessing, storeFacts, storePages } from './processing.service.ts'
import type { NewPage } from './processing.repository.ts'
import type { ProcessingRef } from './processing.types.ts'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let org: TestOrg
beforeAll(async () => { house = await openTestModule() })
afterAll(() => house.close())
beforeEach(async () => { org = await house.org() })

const signal = new AbortController().signal
const goOn = () => house.goOnReprocessing(signal)
const layer = { source: 'text', confidence: null, warnings: [], provenance: { extractor: 'pdf', engine: 'pdfium', model: null, version: '2.1.13' } } as const
const pixels = (engine: string, confidence: number) => ({ source: 'ocr', confidence, warnings: [], provenance: { extractor: 'pdf', engine, model: 'eng', version: '7.0.0' } }) as const

async function refOf(id: DocumentId): Promise<ProcessingRef> {
  const [version] = (await house.versions.list(org.system, { id, limit: 1 })).items
  if (version === undefined) throw new Error('no version')
  return { orgId: org.org.id, documentId: id, versionId: version.id, attempt: version.attempt }
}
/** As the worker reads it. */
async function read(id: DocumentId, pages: readonly Omit<NewPage, 'number' | 'text'>[]): Promise<void> {
  const ref = await refOf(id)
  await beginProcessing(house.deps, ref)
  await storeFacts(house.deps, ref, { mime: 'application/pdf', language: 'en', pages: pages.length, warnings: [] })
  await storePages(house.deps, ref, pages.map((page, at) => ({ ...page, number: at + 1, text: 'words' })))
  await finishProcessing(house.deps, ref)
}
async function made(pages: readonly Omit<NewPage, 'number' | 'text'>[], by: Actor = org.editor): Promise<DocumentId> {
  const { document } = await house.upload(by, newId())
  await read(document.id, pages)
  return document.id
}
const attempts = async (ids: readonly DocumentId[]) => Promise.all(ids.map(async (id) => (await refOf(id)).attempt))
const counted = async (where: ReprocessWhere, actor: Actor = org.editor) => (await house.reprocessing.preview(actor, { where })).documents
const doubtful: ReprocessWhere = { engine: 'tesseract.js', confidenceBelow: 70 }

test('exactly those are read again that one page of fulfils all that is said of pages, and the preview counts these', async () => {
  const low = await made([layer, pixels('tesseract.js', 69.9)])
  const sure = await made([pixels('tesseract.js', 70)])
  const mixed = await made([pixels('tesseract.js', 90), pixels('tesseract', 10)])
  const text = await made([layer])
  const preview = await house.reprocessing.preview(org.editor, { where: doubtful })
  expect(preview).toEqual({ documents: 1, pages: 2, more: false, estimatedSeconds: expect.any(Number) })
  expect(await attempts([low, sure, mixed, text])).toEqual([1, 1, 1, 1])

  const started = await house.reprocessing.start(org.editor, { where: doubtful })
  expect(started).toMatchObject({ where: doubtful, documents: 1, left: 1, endedAt: null })
  expect([await goOn(), await goOn()]).toEqual([1, 0])
  expect(await attempts([low, sure, mixed, text])).toEqual([2, 1, 1, 1])
  await read(low, [layer, pixels('tesseract', 95)])
  await goOn()
  const { items } = await house.reprocessing.list(org.editor, { limit: 10 })
  expect(items).toEqual([{ ...started, left: 0, endedAt: expect.stringMatching(/Z$/) }])
  const requested = (await house.events(org.system)).filter(({ type }) => type === 'documents.reprocess-requested.v1')
  expect(requested.map(({ documentId }) => documentId)).toEqual([low])
  expect(await counted(doubtful)).toBe(0)
})

test('each condition narrows, and what waits, is in work or lies in the trash is not among them', async () => {
  const folder = await house.folders.create(org.editor, { name: 'a', parentId: null })
  const below = await house.folders.create(org.editor, { name: 'b', parentId: folder.id })
  const inFolder = await made([layer])
  await house.move(org.editor, { id: inFolder, folderId: below.id })
  const scan = await made([pixels('tesseract', 50)])
  const failed = (await house.upload(org.editor, newId())).document.id
  await endProcessing(house.deps, await refOf(failed), { state: 'failed', reason: 'time_limit', mime: 'image/png' })
  await house.upload(org.editor, newId())
  await house.trash(org.editor, { id: await made([layer]) })
  const cases: [ReprocessWhere, number][] = [
    [{ createdFrom: '2020-01-01T00:00:00.000Z' }, 3], [{ createdBefore: '2020-01-01T00:00:00.000Z' }, 0], [{ extractor: 'pdf' }, 2], [{ engine: 'pdfium' }, 1],
    [{ engineVersion: '7.0.0' }, 1], [{ model: 'eng' }, 1], [{ confidenceAbove: 49 }, 1], [{ confidenceAbove: 50 }, 0], [{ confidenceBelow: 50 }, 0], [{ mime: 'image/png' }, 1],
    [{ language: 'en' }, 2], [{ language: 'pt' }, 0], [{ folderId: folder.id }, 1], [{ state: 'failed' }, 1], [{ reason: 'time_limit' }, 1], [{ reason: 'corrupt' }, 0],
    [{ state: 'ready', engine: 'tesseract', language: 'en' }, 1], [{ state: 'failed', engine: 'tesseract' }, 0],
  ]
  for (const [where, n] of cases) expect([where, await counted(where)]).toEqual([where, n])
  expect((await house.reprocessing.preview(org.editor, { where: { reason: 'time_limit' } })).pages).toBe(0)
  expect(scan).not.toBe(failed)
})

test('only what the caller may edit is counted and read again, and nobody is shown the selections of others', async () => {
  const open = await made([layer])
  const hidden = await made([layer], org.owner)
  await house.update(org.owner, { id: hidden, visibility: 'restricted' })
  const shown = await made([layer], org.owner)
  await house.update(org.owner, { id: shown, visibility: 'restricted' })
  await house.grants.set(org.owner, { documentId: shown, principal: { user: org.editor.userId }, level: 'view' })
  const where = { engine: 'pdfium' }
  expect([await counted(where), await counted(where, org.owner), await counted(where, (await house.org()).owner)]).toEqual([1, 3, 0])
  await house.reprocessing.start(org.editor, { where })
  await goOn()
  expect(await attempts([open, hidden, shown])).toEqual([2, 1, 1])
  expect((await house.reprocessing.list(org.owner, { limit: 10 })).items).toEqual([])
})

test('some are in work at a time, each once, however many workers go on at once; what moved on or went away meanwhile is left alone', async () => {
  const ids: DocumentId[] = []
  for (let n = 0; n < 24; n += 1) ids.push(await made([layer]))
  ids.sort((a, b) => (a < b ? -1 : 1))
  await house.reprocessing.start(org.editor, { where: { engine: 'pdfium' } })
  const [gone, trashed, anew] = ids.slice(-3) as [DocumentId, DocumentId, DocumentId]
  await house.trash(org.owner, { id: gone })
  await house.purge(org.owner, { id: gone })
  await house.trash(org.editor, { id: trashed })
  await house.upload(org.editor, newId(), { documentId: anew })
  await Promise.all([goOn(), goOn(), goOn()])
  await goOn()
  const left = async () => (await house.reprocessing.list(org.editor, { limit: 1 })).items[0]?.left
  expect(await left()).toBe(21)
  expect(await attempts(ids.slice(0, 21))).toEqual([...Array.from({ length: 20 }, () => 2), 1])
  for (const id of ids.slice(0, 19)) await read(id, [layer])
  await goOn()
  expect(await left()).toBe(2)
  for (const id of ids.slice(19, 21)) await read(id, [layer])
  await goOn()
  expect(await left()).toBe(0)
  const requested = (await house.events(org.system)).filter(({ type }) => type === 'documents.reprocess-requested.v1')
  expect(requested.map(({ documentId }) => documentId ?? '').toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ids.slice(0, 21))
})

test('nobody waits behind all that another member chose: members have equal shares of what is in work', async () => {
  for (let n = 0; n < 14; n += 1) await made([layer])
  const scan = await made([pixels('tesseract', 50)])
  await house.reprocessing.start(org.editor, { where: { engine: 'pdfium' } })
  await house.reprocessing.start(org.editor, { where: { extractor: 'pdf' } })
  await house.reprocessing.start(org.owner, { where: { engine: 'tesseract' } })
  expect(await goOn()).toBe(10 + 1)
  expect(await attempts([scan])).toEqual([2])
})

test('a member has three selections under way at most, however many are begun at once; others have their own, and what is over makes room', async () => {
  const id = await made([layer])
  const start = (actor: Actor) => house.reprocessing.start(actor, { where: { engine: 'pdfium' } })
  const begun = await Promise.allSettled(Array.from({ length: 6 }, () => start(org.editor)))
  expect(begun.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []))).toEqual(Array(3).fill('document.reprocessing_limit'))
  await start(org.owner)
  await goOn()
  await read(id, [layer])
  await goOn()
  await start(org.editor)
})

test('the estimate is what reading took the last time, and for what was never measured the mean of a page', async () => {
  const [a, b] = [await made([layer, layer]), await made([layer, layer, layer])]
  const measured = (id: DocumentId, stages: object) => house.deps.runInTx(org.system, (tx) => tx.$executeRaw`
    update document_version set stage_ms = ${JSON.stringify(stages)}::jsonb where document_id = ${id}::uuid`)
  const seconds = async () => (await house.reprocessing.preview(org.editor, { where: { engine: 'pdfium' } })).estimatedSeconds
  for (const id of [a, b]) await measured(id, {})
  expect(await seconds()).toBeNull()
  await measured(a, { scan: 500_000, extract: 3_000, index: 1_000 })
  expect(await seconds()).toBe(4 + 6)
})
