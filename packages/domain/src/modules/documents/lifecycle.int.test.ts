import { createHash } from 'node:crypto'
import { newId } from '@intellidocs/kernel'
import type { DocumentId } from '@intellidocs/contracts'
import { asAdmin, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { beginProcessing, endProcessing, finishProcessing, reportProgress, storeFacts, storePages } from './processing.service.ts'
import type { ProcessingRef } from './processing.types.ts'
import { openTestModule, type TestModule } from './test-module.ts'
import { acceptAttachment, mayHoldDocuments } from './use-cases/accept-attachment.ts'
import { GRACE_MS } from './use-cases/remove-blobs.ts'

let house: TestModule
let org: TestOrg
/** Where the test's clock stands ahead of the real one, in milliseconds. */
let ahead = 0
beforeAll(async () => { house = await openTestModule({ clock: { now: () => new Date(Date.now() + ahead) } }) })
afterAll(() => house.close())
beforeEach(async () => {
  org = await house.org()
  ahead = 0
})

const failure = (code: string) => expect.objectContaining({ code }) as unknown
const newDocument = async (content = newId()) => (await house.upload(org.editor, content)).document
const refOf = (id: DocumentId) => house.refOf(org.system, id)
const readBy = { extractor: 'text', engine: 'built-in', model: null, version: '1' } as const
const onePage = [{ number: 1, text: 'words', source: 'text', confidence: null, warnings: [], provenance: readBy, boxes: Uint8Array.from([0, 5, 0, 0, 9, 9]) }] as const
async function readThrough(ref: ProcessingRef): Promise<void> {
  await beginProcessing(house.deps, ref)
  await storeFacts(house.deps, ref, { mime: 'text/plain', language: 'en', pages: 1, warnings: [] })
  await storePages(house.deps, ref, onePage)
  await finishProcessing(house.deps, ref)
}
const lastEvent = async () => (await house.events(org.owner)).at(-1)

test('trash and restore work in every state of processing and twice, and say so once', async () => {
  const { id } = await newDocument()
  await house.trash(org.editor, { id })
  expect(await house.trash(org.editor, { id })).toMatchObject({ lifecycle: 'trashed', state: 'queued' })
  await readThrough(await refOf(id))
  expect(await house.restore(org.editor, { id })).toMatchObject({ lifecycle: 'active', state: 'ready', trashedAt: null })
  const types = (await house.events(org.owner)).map((event) => event.type)
  expect(types.filter((type) => type === 'documents.trashed.v1' || type === 'documents.restored.v1')).toHaveLength(2)
})

test('the attachments of a mail are documents once, also when the mail is restored to the version they came from', async () => {
  const { id } = await newDocument('a mail')
  const attached = { ordinal: 0, fileName: 'plan.txt', sha256: createHash('sha256').update('plan').digest('hex'), size: 4 }
  const readMail = async () => {
    const ref = await refOf(id)
    await beginProcessing(house.deps, ref)
    return acceptAttachment(house.deps, ref, attached)
  }
  expect(await readMail()).toBe(true)
  await house.upload(org.editor, 'no mail', { documentId: id })
  await house.versions.restore(org.editor, { id, number: 1 })
  expect(await readMail()).toBe(false)
  expect(await house.count(org.owner, 'document')).toBe(2)
})

test('files three deep become documents, deeper ones do not, and no upload becomes more than ten thousand', async () => {
  const top = await refOf((await newDocument('an archive that holds itself')).id)
  const within = async (ref: ProcessingRef, ordinal: number): Promise<ProcessingRef> => {
    await beginProcessing(house.deps, ref)
    await acceptAttachment(house.deps, ref, { ordinal, fileName: `inner-${ordinal}.zip`, sha256: createHash('sha256').update(`${ordinal}`).digest('hex'), size: 4 })
    const found = await house.deps.runInTx(org.system, (tx) => tx.$queryRaw<{ id: DocumentId }[]>`
      select id from document where parent_id = ${ref.documentId}::uuid and name = ${`inner-${ordinal}.zip`}`)
    return refOf(found[0]?.id as DocumentId)
  }
  const [first, second] = [await within(top, 0), await within(top, 1)]
  const deepest = await within(await within(first, 2), 3)
  expect(await Promise.all([top, first, second, deepest].map((ref) => mayHoldDocuments(house.deps, ref, 1)))).toEqual([true, true, true, false])
  expect(await mayHoldDocuments(house.deps, top, 0)).toBe(false)
  // Beside what is within it: the second stands beside four others, the first beside two.
  await expect(mayHoldDocuments(house.deps, second, 9_996)).rejects.toMatchObject({ reason: 'output_limit' })
  expect(await mayHoldDocuments(house.deps, second, 9_995)).toBe(true)
  expect(await mayHoldDocuments(house.deps, first, 9_997)).toBe(true)
})

test('an attachment of a mail in the trash comes to lie there, and its event says so', async () => {
  const { id } = await newDocument('a mail in the trash')
  const ref = await refOf(id)
  await beginProcessing(house.deps, ref)
  await house.trash(org.editor, { id })
  expect(await acceptAttachment(house.deps, ref, { ordinal: 0, fileName: 'a.txt', sha256: createHash('sha256').update('a').digest('hex'), size: 1 })).toBe(true)
  const trashed = await house.list(org.editor, { lifecycle: 'trashed', limit: 10 })
  expect(trashed.items.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b, 'en'))).toContain('a.txt')
  expect(await lastEvent()).toMatchObject({ type: 'documents.uploaded.v1', payload: { number: 1, lifecycle: 'trashed' } })
})

test('only a trashed document is purged, by its owner or a manager, and nothing of it is left', async () => {
  const { id } = await newDocument('gone for good')
  await readThrough(await refOf(id))
  await expect(house.purge(org.editor, { id })).rejects.toEqual(failure('document.state'))
  await house.trash(org.editor, { id })
  expect(await house.purge(org.admin, { id })).toEqual({ id, purged: true })
  const tables = ['document', 'document_version', 'document_reader', 'page', 'page_layout'] as const
  for (const table of tables) expect([table, await house.count(org.owner, table)]).toEqual([table, 0])
  await expect(house.get(org.owner, { id })).rejects.toEqual(failure('document.not_found'))
  const audience = [`org:${org.org.id}`, `user:${org.editor.userId}`]
  expect(await lastEvent()).toMatchObject({ type: 'documents.purged.v1', audience, payload: { documentId: id, runs: [] } })
})

test('a purge deletes the bytes that nobody else names, once they are older than the grace', async () => {
  const document = await newDocument('bytes')
  await house.trash(org.editor, { id: document.id })
  await house.purge(org.editor, { id: document.id })
  const event = await lastEvent()
  if (event === undefined) throw new Error('no event')
  expect(event.payload).toMatchObject({ blobs: [document.sha256] })
  await house.deliver(org.system, 'documents.remove-blobs', event)
  expect(await house.deps.blobs.stat(org.org.id, document.sha256)).not.toBeNull()
  ahead = GRACE_MS + 1000
  await house.deliver(org.system, 'documents.remove-blobs', event)
  await house.deliver(org.system, 'documents.remove-blobs', event)
  expect(await house.deps.blobs.stat(org.org.id, document.sha256)).toBeNull()
})

test('bytes that another document names, or that were uploaded again since the purge, stay', async () => {
  const first = await newDocument('shared')
  await newDocument('shared')
  await house.trash(org.editor, { id: first.id })
  await house.purge(org.editor, { id: first.id })
  expect(await lastEvent()).toMatchObject({ payload: { blobs: [] } })
  const lone = await newDocument('again')
  await house.trash(org.editor, { id: lone.id })
  await house.purge(org.editor, { id: lone.id })
  const event = await lastEvent()
  await newDocument('again')
  ahead = GRACE_MS + 1000
  if (event !== undefined) await house.deliver(org.system, 'documents.remove-blobs', event)
  await house.sweepBlobs(new AbortController().signal)
  expect(await house.deps.blobs.stat(org.org.id, first.sha256)).not.toBeNull()
  expect(await house.deps.blobs.stat(org.org.id, lone.sha256)).not.toBeNull()
})

test('while a backup holds the bytes none are removed; afterwards the sweep takes them', async () => {
  const document = await newDocument('held')
  await house.trash(org.editor, { id: document.id })
  await house.purge(org.editor, { id: document.id })
  const event = await lastEvent()
  if (event === undefined) throw new Error('no event')
  ahead = GRACE_MS + 1000
  await asAdmin(house.db.adminUrl, `insert into blob_hold values ('${document.id}', now() + interval '1 minute')`)
  await house.deliver(org.system, 'documents.remove-blobs', event)
  await house.sweepBlobs(new AbortController().signal)
  expect(await house.deps.blobs.stat(org.org.id, document.sha256)).not.toBeNull()
  await asAdmin(house.db.adminUrl, 'delete from blob_hold')
  await house.sweepBlobs(new AbortController().signal)
  expect(await house.deps.blobs.stat(org.org.id, document.sha256)).toBeNull()
})

test('the sweep removes bytes that no row ever named, and no others', async () => {
  const kept = await newDocument('kept')
  await expect(house.upload(org.editor, 'orphan', { name: '' })).rejects.toEqual(failure('input.invalid'))
  const orphan = createHash('sha256').update('orphan').digest('hex')
  await house.sweepBlobs(new AbortController().signal)
  expect(await house.deps.blobs.stat(org.org.id, orphan)).not.toBeNull()
  ahead = GRACE_MS + 1000
  await house.sweepBlobs(new AbortController().signal)
  expect(await house.deps.blobs.stat(org.org.id, orphan)).toBeNull()
  expect(await house.deps.blobs.stat(org.org.id, kept.sha256)).not.toBeNull()
})

test('a run that was cancelled, asked for again, overtaken by the next attempt or purged writes nothing', async () => {
  const writes = (ref: ProcessingRef) => [
    () => beginProcessing(house.deps, ref), () => storePages(house.deps, ref, onePage),
    () => reportProgress(house.deps, ref, { stage: 'ocr', pagesDone: 1, pages: 1 }),
    () => storeFacts(house.deps, ref, { mime: 'x/y', language: null, pages: 1, warnings: [] }), () => finishProcessing(house.deps, ref),
  ]
  const endings = [
    async (id: DocumentId) => { await house.cancel(org.editor, { id }) },
    async (id: DocumentId) => { await house.reprocess(org.editor, { id }) },
    async (id: DocumentId) => {
      await house.reprocess(org.editor, { id })
      await beginProcessing(house.deps, await refOf(id))
    },
    async (id: DocumentId) => {
      await house.trash(org.editor, { id })
      await house.purge(org.editor, { id })
    },
  ]
  for (const ending of endings) {
    const { id } = await newDocument()
    const ref = await refOf(id)
    await beginProcessing(house.deps, ref)
    await ending(id)
    const before = await house.events(org.owner)
    for (const write of writes(ref)) await expect(write()).rejects.toMatchObject({ name: 'FencedError' })
    expect(await endProcessing(house.deps, ref, { state: 'failed', reason: 'internal', mime: null })).toBe(false)
    expect(await house.events(org.owner)).toEqual(before)
  }
})

test('a run cannot write to a version of another organization', async () => {
  const other = await house.org('Other')
  const { id } = await newDocument()
  const ref = { ...await refOf(id), orgId: other.org.id }
  await expect(beginProcessing(house.deps, ref)).rejects.toMatchObject({ name: 'FencedError' })
  expect(await house.get(org.editor, { id })).toMatchObject({ state: 'queued' })
})

test('a version is never ready with a page missing', async () => {
  const { id } = await newDocument()
  const ref = await refOf(id)
  await beginProcessing(house.deps, ref)
  await storeFacts(house.deps, ref, { mime: 'text/plain', language: null, pages: 2, warnings: [] })
  await storePages(house.deps, ref, onePage)
  await expect(finishProcessing(house.deps, ref)).rejects.toThrow('pages are missing')
  expect(await house.get(org.editor, { id })).toMatchObject({ state: 'processing' })
})

test('pages written twice, and twice at once, are there once; text that Postgres cannot hold is mended', async () => {
  const { id } = await newDocument()
  const ref = await refOf(id)
  await beginProcessing(house.deps, ref)
  const pages = [1, 2, 3].map((number) => ({ number, text: `a\u0000b\ud800 ${number}`, source: 'ocr' as const, confidence: 91.5, warnings: [], provenance: { ...readBy, model: `eng${number}` } }))
  await Promise.all([storePages(house.deps, ref, pages), storePages(house.deps, ref, pages), storePages(house.deps, ref, pages)])
  const { items } = await house.pages(org.viewer, { id, limit: 10 })
  expect(items.map((page) => [page.number, page.text, page.confidence])).toEqual([1, 2, 3].map((number) => [number, `ab\ufffd ${number}`, 91.5]))
  expect(items.map(({ provenance, passages }) => [provenance, passages])).toEqual(
    [1, 2, 3].map((number) => [{ ...readBy, model: `eng${number}`, at: expect.stringMatching(/Z$/) }, null]),
  )
})

test('search answers from the newest version that was read, never from an older one that ends late', async () => {
  const { id } = await newDocument('v1')
  const first = await refOf(id)
  await house.upload(org.editor, 'v2', { documentId: id })
  const second = await refOf(id)
  await readThrough(second)
  await readThrough(first)
  const rows = await house.deps.runInTx(
    org.system,
    (tx) => tx.$queryRaw<{ published: string }[]>`select published_version_id::text as published from document where id = ${id}::uuid`,
  )
  expect(rows).toEqual([{ published: second.versionId }])
})

test('a password is asked for, kept sealed, and starts the next attempt; no other state takes one', async () => {
  const { id } = await newDocument()
  await expect(house.providePassword(org.editor, { id, password: 'early' })).rejects.toEqual(failure('document.state'))
  const ref = await refOf(id)
  await beginProcessing(house.deps, ref)
  await endProcessing(house.deps, ref, { state: 'needs_password', reason: 'password_required', mime: 'application/pdf' })
  expect(await lastEvent()).toMatchObject({ type: 'documents.password-needed.v1' })
  expect(await house.providePassword(org.editor, { id, password: 'open sesame' })).toMatchObject({ state: 'queued', reason: null })
  expect((await refOf(id)).attempt).toBe(2)
  const stored = await house.deps.runInTx(
    org.system, (tx) => tx.$queryRaw<{ hex: string }[]>`select encode(password_cipher, 'escape') as hex from document_version`,
  )
  expect(stored[0]?.hex).not.toContain('sesame')
  expect(JSON.stringify((await house.events(org.owner)).map((event) => event.payload))).not.toContain('sesame')
})

test('only what waits or is in work can be cancelled', async () => {
  const { id } = await newDocument()
  expect(await house.cancel(org.editor, { id })).toMatchObject({ state: 'cancelled', reason: 'cancelled' })
  await expect(house.cancel(org.editor, { id })).rejects.toEqual(failure('document.state'))
  expect(await house.reprocess(org.editor, { id })).toMatchObject({ state: 'queued', reason: null })
})

test('the run is started for what still waits, and not for an attempt that is over', async () => {
  const { id } = await newDocument()
  const uploaded = await lastEvent()
  if (uploaded === undefined) throw new Error('no event')
  house.gateway.started.length = 0
  await house.deliver(org.system, 'documents.start-processing', uploaded)
  await house.deliver(org.system, 'documents.start-processing', uploaded)
  expect(house.gateway.started).toEqual([await refOf(id), await refOf(id)])
  await house.cancel(org.editor, { id })
  await house.deliver(org.system, 'documents.start-processing', uploaded)
  expect(house.gateway.started).toHaveLength(2)
})

test('cancel, purge and a new attempt stop the runs they leave behind', async () => {
  const { id, versionId } = await newDocument()
  house.gateway.cancelled.length = 0
  await house.reprocess(org.editor, { id })
  await house.deliver(org.system, 'documents.stop-processing', await lastEvent() ?? { type: '', payload: null })
  await house.cancel(org.editor, { id })
  await house.deliver(org.system, 'documents.stop-processing', await lastEvent() ?? { type: '', payload: null })
  await house.reprocess(org.editor, { id })
  await house.trash(org.editor, { id })
  await house.purge(org.editor, { id })
  await house.deliver(org.system, 'documents.stop-processing', await lastEvent() ?? { type: '', payload: null })
  expect(house.gateway.cancelled).toEqual([{ versionId, attempt: 1 }, { versionId, attempt: 2 }, { versionId, attempt: 3 }])
})
