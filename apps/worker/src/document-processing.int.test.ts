import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processingRunId, type DocumentId } from '@intellidocs/contracts'
import { ExtractionError, unpackBoxes, type OcrInput } from '@intellidocs/extraction'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestHouse, until, type Extraction, type Instead, type TestHouse } from './test-house.ts'

let house: TestHouse
let running: Awaited<ReturnType<TestHouse['work']>>
const instead: Instead = {}

beforeAll(async () => {
  house = await openTestHouse()
  running = await house.work(instead)
})
afterAll(async () => {
  await running.stop()
  await house.close()
})

const example = (name: string) => readFile(join(import.meta.dirname, '..', '..', '..', 'examples', name))
type EventRow = { type: string; payload: { stage?: string; pagesDone?: number } }
const eventsOf = (id: DocumentId) => house.modules.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw<EventRow[]>`
  select type, payload from event where document_id = ${id}::uuid order by xid, id`)
const passages = (id: DocumentId) => house.modules.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw<{ page: number; n: number }[]>`
  select page, count(*)::int as n from passage where document_id = ${id}::uuid group by page order by page`)
/** By page, the words that have a place on it. */
const placed = async (id: DocumentId) => {
  const rows = await house.modules.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw<{ number: number; text: string; boxes: Uint8Array }[]>`
    select p.number, p.text, l.boxes from page p join page_layout l using (org_id, version_id, number) join document_version v on v.id = p.version_id
    where v.document_id = ${id}::uuid order by p.number`)
  return rows.map(({ number, text, boxes }) => [number, unpackBoxes(boxes).map(({ start, end }) => text.slice(start, end))])
}

test('an uploaded text becomes ready with its pages, its type and its language, and its events say how', async () => {
  const text = 'The harbour master keeps a ledger of every boat that enters the bay. '.repeat(20)
  const { id } = await house.upload(text, 'ledger.txt')
  expect(await house.settled(id)).toMatchObject({
    state: 'ready', reason: null, mime: 'text/plain', language: 'en', pages: 1, progress: { stage: null, pagesDone: 1, pages: 1 },
  })
  expect((await house.pages(id)).map((page) => page.text.trim())).toEqual([text.trim()])
  const types = (await eventsOf(id)).map((event) => event.type)
  expect(types[0]).toBe('documents.uploaded.v1')
  expect(types.at(-1)).toBe('documents.ready.v1')
  expect(types.filter((type) => type === 'documents.ready.v1')).toHaveLength(1)
  const stages = (await eventsOf(id)).flatMap((event) => event.payload.stage ?? [])
  expect(stages.slice(0, 2)).toEqual(['identify', 'extract'])
  const found = await house.modules.search.query(house.viewer, { query: 'harbour ledger', mode: 'keyword', limit: 5, filters: {} })
  expect(found.hits.map((hit) => hit.documentId)).toContain(id)
})

/** Each payload anywhere in a history: its text where it can be read, else how it is encoded. Attributes to search by are ids and are left out. */
function payloadsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  const { metadata, data, searchAttributes: _ids, ...rest } = value as { metadata?: { encoding?: unknown } | null; data?: unknown; searchAttributes?: unknown }
  const encoding = metadata?.encoding instanceof Uint8Array ? Buffer.from(metadata.encoding).toString() : null
  const own = encoding === 'json/plain' && data instanceof Uint8Array ? Buffer.from(data).toString() : encoding
  return [...own === null ? [] : [own], ...Object.values(rest).flatMap(payloadsIn)]
}

test('a run is found by its document; operators read what it does, and only the key opens whose document it is', async () => {
  const { id, versionId } = await house.upload('findable', 'Top Secret Merger.txt')
  await house.settled(id)
  const workflowId = processingRunId({ versionId, attempt: 1 })
  const handle = house.client.workflow.getHandle(workflowId)
  expect(await handle.result()).toEqual({ kind: 'ended', state: 'ready', reason: null })
  const description = await handle.describe()
  expect(await description.staticSummary()).toBe('Read version 1 (attempt 1), 0.00 MB')
  expect(await description.staticDetails()).toContain('Top Secret Merger')
  const listed = await until(async () => {
    const ids: string[] = []
    for await (const run of house.client.workflow.list({ query: `DocumentId = '${id}'` })) ids.push(run.workflowId)
    return ids
  }, (ids) => ids.length > 0)
  expect(listed).toEqual([workflowId])
  const payloads = payloadsIn(await handle.fetchHistory())
  expect(payloads.filter((payload) => payload === 'binary/encrypted').length).toBeGreaterThan(5)
  expect(payloads.filter((payload) => payload !== 'binary/encrypted')).toEqual(
    ['Read version 1 (attempt 1), 0.00 MB', 'Identify the file and extract its text', 'Index pages 1–1'].map((sentence) => JSON.stringify(sentence)))
})

test('bytes that no reader knows end in failed with the reason, and the run itself succeeds', async () => {
  const elf = Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), Buffer.alloc(500, 1)])
  const { id, versionId } = await house.upload(elf, 'program.bin')
  expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'unsupported_type' })
  const run = house.client.workflow.getHandle(processingRunId({ versionId, attempt: 1 }))
  expect(await run.result()).toMatchObject({ state: 'failed', reason: 'unsupported_type' })
  const { id: broken } = await house.upload(await example('half-a-report.pdf'), 'half.pdf')
  expect(await house.settled(broken)).toMatchObject({ state: 'failed', reason: 'corrupt' })
})

test('a locked file waits for its password; a wrong one is told, the right one opens it', async () => {
  const { id } = await house.upload(await example('salary-bands-locked.pdf'), 'locked.pdf')
  expect(await house.settled(id)).toMatchObject({ state: 'needs_password', reason: 'password_required', mime: 'application/pdf' })
  await house.documents.providePassword(house.editor, { id, password: 'not it' })
  expect(await house.settled(id)).toMatchObject({ state: 'needs_password', reason: 'password_wrong' })
  const readme = await readFile(join(import.meta.dirname, '..', '..', '..', 'examples', 'README.md'), 'utf8')
  const password = /password[^`]*`([^`]+)`/i.exec(readme)?.[1] ?? ''
  await house.documents.providePassword(house.editor, { id, password })
  expect(await house.settled(id)).toMatchObject({ state: 'ready', reason: null })
})

test('a scan is read from its pixels, page by page, and knows its language', async () => {
  const { id } = await house.upload(await example('delivery-note-scan.pdf'), 'scan.pdf')
  const document = await house.settled(id)
  expect(document).toMatchObject({ state: 'ready', mime: 'application/pdf', language: 'en' })
  expect(document.facts.words).toBeGreaterThan(20)
  const pages = await house.pages(id)
  expect(pages).toHaveLength(document.pages ?? -1)
  expect(pages.every((page) => page.source === 'ocr' && (page.confidence ?? 0) > 0)).toBe(true)
  expect(await placed(id)).toEqual(pages.map(({ number, text }) => [number, text.split(/\s+/)]))
  const by = { extractor: 'pdf', engine: expect.stringMatching(/^tesseract(\.js)?$/), model: 'eng', version: expect.stringMatching(/^\d+\./) }
  for (const page of pages) expect(page).toMatchObject({ provenance: by, passages: { chunker: 'passages/3', models: [] } })
})

const recognized = { extractor: 'pdf', engine: 'tesseract', model: 'eng', version: '5.3.0' }
/** Pages that need their pixels read, by a recognizer that the test holds. */
function scanOf(pages: number): Extraction['readDocument'] {
  return () => Promise.resolve({
    mime: 'application/pdf', format: 'pdf', provenance: recognized, facts: { title: null, author: null, createdAt: null, modifiedAt: null }, language: null, attachments: [], warnings: [],
    pages: Array.from({ length: pages }, (_, at) => ({ number: at + 1, text: '', needsOcr: true, warnings: [] })),
  })
}
const aborted = (signal: AbortSignal) => new Promise<never>((_, reject) => {
  signal.addEventListener('abort', () => { reject(new ExtractionError('cancelled', 'aborted')) }, { once: true })
})

test('120 pages in batches are there once each, and in the index once each, when an activity fails half-way and is tried again', async () => {
  let calls = 0
  const asked: number[][] = []
  instead.readDocument = scanOf(120)
  instead.ocrPages = ({ pages, onPage }) => {
    asked.push(pages)
    const half = ++calls === 1
    for (const number of half ? pages.slice(0, 20) : pages) onPage({ number, text: `words of page ${number}`, source: 'ocr', confidence: 90, warnings: [], provenance: recognized })
    return half ? Promise.reject(new Error('the recognizer died')) : Promise.resolve({ engine: 'tesseract', version: '5.3.0', languages: ['eng'], missing: [] })
  }
  try {
    const { id } = await house.upload('scan of 120', 'scan.pdf')
    expect(await house.settled(id)).toMatchObject({ state: 'ready', pages: 120 })
    expect((await house.pages(id)).map((page) => page.number)).toEqual(Array.from({ length: 120 }, (_, at) => at + 1))
    expect(await passages(id)).toEqual(Array.from({ length: 120 }, (_, at) => ({ page: at + 1, n: 1 })))
    const read = asked.flat().length
    expect([read, read - new Set(asked.flat()).size]).toEqual([150, 30])
  } finally {
    Object.assign(instead, { readDocument: undefined, ocrPages: undefined })
  }
})

test('a page whose pixels cannot be read is named, and the document is ready with the others; with no words at all it failed', async () => {
  const words: Instead['ocrPages'] = ({ pages, onPage }) => {
    const [first = 0, second = 0] = pages
    onPage({ number: first, text: 'words of the first', source: 'ocr', confidence: 90, warnings: [], provenance: recognized })
    onPage({ number: second, text: '', source: 'unread', confidence: null, warnings: ['cpu_limit'], provenance: null })
    return Promise.reject(new ExtractionError('ocr_failed', 'the recognizer is gone'))
  }
  instead.readDocument = scanOf(3)
  try {
    instead.ocrPages = words
    const { id } = await house.upload('two of three are lost', 'scan.pdf')
    expect(await house.settled(id)).toMatchObject({
      state: 'ready', pages: 3, warnings: [{ reason: 'cpu_limit', pages: [{ from: 2, to: 2 }] }, { reason: 'ocr_failed', pages: [{ from: 3, to: 3 }] }],
    })
    expect((await house.pages(id)).map(({ source }) => source)).toEqual(['ocr', 'unread', 'unread'])
    instead.ocrPages = () => Promise.reject(new ExtractionError('ocr_failed', 'there is no recognizer'))
    const { id: lost } = await house.upload('all of three are lost', 'scan.pdf')
    expect(await house.settled(lost)).toMatchObject({ state: 'failed', reason: 'ocr_failed' })
  } finally {
    Object.assign(instead, { readDocument: undefined, ocrPages: undefined })
  }
})

test('a cancel in the middle stops the work, keeps the state, and a new reading completes', async () => {
  const begun = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<void>()
  instead.readDocument = scanOf(3)
  instead.ocrPages = ({ signal, onPage }) => {
    onPage({ number: 1, text: 'one', source: 'ocr', confidence: 90, warnings: [], provenance: recognized })
    begun.resolve()
    return aborted(signal).finally(stopped.resolve)
  }
  try {
    const { id, versionId } = await house.upload('to be cancelled', 'scan.pdf')
    await begun.promise
    await until(() => house.pages(id), (pages) => pages.length === 1)
    await house.documents.cancel(house.editor, { id })
    await stopped.promise
    const handle = house.client.workflow.getHandle(processingRunId({ versionId, attempt: 1 }))
    await until(() => handle.describe(), (run) => run.status.name !== 'RUNNING')
    expect(await house.get(id)).toMatchObject({ state: 'cancelled', reason: 'cancelled' })
    instead.ocrPages = ({ pages, onPage }) => {
      for (const number of pages) onPage({ number, text: `page ${number}`, source: 'ocr', confidence: 90, warnings: [], provenance: recognized })
      return Promise.resolve({ engine: 'tesseract', version: '5.3.0', languages: ['eng'], missing: [] })
    }
    await house.documents.reprocess(house.editor, { id })
    expect(await house.settled(id)).toMatchObject({ state: 'ready', pages: 3 })
    expect((await house.pages(id)).map((page) => page.text)).toEqual(['page 1', 'page 2', 'page 3'])
  } finally {
    Object.assign(instead, { readDocument: undefined, ocrPages: undefined })
  }
})

test('where nobody names languages, scripts are told; a language without data is named once, with the pages that lack it', async () => {
  const asked: Pick<OcrInput, 'langs' | 'anyScript'>[] = []
  instead.readDocument = scanOf(3)
  instead.ocrPages = ({ pages, onPage, langs, anyScript }) => {
    asked.push({ langs, anyScript: anyScript ?? false })
    for (const number of pages) onPage({ number, text: `page ${number}`, source: 'ocr', confidence: 40, warnings: number === 1 ? [] : ['ocr_language_missing'], provenance: recognized, ...(number === 1 ? {} : { missing: 'rus' }) })
    return Promise.resolve({ engine: 'tesseract', version: '5.3.0', languages: ['eng'], missing: [] })
  }
  try {
    const { id } = await house.upload('in another script', 'scan.pdf')
    expect((await house.settled(id)).warnings).toEqual([{ reason: 'ocr_language_missing', pages: [{ from: 2, to: 3 }], names: ['rus'] }])
    for (const languages of [['deu'], ['deu', 'auto']]) {
      await house.documents.ocrLanguages.set(house.editor, { documentId: id, languages })
      await house.documents.reprocess(house.editor, { id })
      await house.settled(id)
    }
    expect(asked).toEqual([{ langs: expect.anything(), anyScript: true }, { langs: ['deu'], anyScript: false }, { langs: ['deu'], anyScript: true }])
  } finally {
    Object.assign(instead, { readDocument: undefined, ocrPages: undefined })
  }
})

/** Processes that recognize pixels for this house: their commands name the folder of the work. */
function recognizers(): string[] {
  const commands = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
    try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8') } catch { return '' } // it ended between the two looks
  })
  return commands.filter((command) => command.includes(join(house.folder, 'tmp')) && command.includes('sandbox-'))
}

test.skipIf(process.platform !== 'linux')('a cancel while pixels are recognized ends every process of it', async () => {
  const { id } = await house.upload(await example('delivery-note-scan.pdf'), 'to be cancelled.pdf')
  await until(() => Promise.resolve(recognizers()), (commands) => commands.length > 0)
  await house.documents.cancel(house.editor, { id })
  await until(() => Promise.resolve(recognizers()), (commands) => commands.length === 0)
  expect(await house.settled(id)).toMatchObject({ state: 'cancelled', reason: 'cancelled' })
  expect(recognizers()).toEqual([])
})

test('a purge in the middle ends the run and leaves no row', async () => {
  const begun = Promise.withResolvers<void>()
  instead.readDocument = ({ signal }) => {
    begun.resolve()
    return aborted(signal)
  }
  try {
    const { id, versionId } = await house.upload('to be purged', 'x.pdf')
    await begun.promise
    await house.documents.trash(house.editor, { id })
    await house.documents.purge(house.editor, { id })
    await until(() => house.processing.status({ versionId, attempt: 1 }), (status) => status !== 'open')
    const rows = await house.modules.documents.deps.runInTx(
      house.system, (tx) => tx.$queryRaw<unknown[]>`select from document_version where id = ${versionId}::uuid`,
    )
    expect(rows).toEqual([])
  } finally {
    instead.readDocument = undefined
  }
})

test('a fault of ours is tried again and then ends in failed with the reason internal; a stored file that is damaged says so', async () => {
  let tries = 0
  instead.readDocument = () => {
    tries++
    return Promise.reject(new ExtractionError('internal', 'the child crashed'))
  }
  try {
    const { id } = await house.upload('crashes its reader', 'x.pdf')
    expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'internal' })
    expect(tries).toBe(3)
  } finally {
    instead.readDocument = undefined
  }
  const { id, sha256 } = await house.upload('will be damaged', 'y.txt', house.owner)
  await house.settled(id)
  await writeFile(join(house.folder, 'blobs', 'org', house.org.id, sha256), 'other bytes than before')
  await house.documents.reprocess(house.editor, { id })
  expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'blob_missing' })
})

test('a run that is asked for five times is one run, and reading again leaves the same rows', async () => {
  const { id } = await house.upload('Twice is as good as once. '.repeat(200), 'twice.txt')
  await house.settled(id)
  const digest = async () => {
    // When a page was read and its passages were made is another time.
    const pages = (await house.pages(id)).map(({ provenance, passages: made, ...page }) => ({ ...page, provenance: { ...provenance, at: null }, made: made?.count }))
    return createHash('sha256').update(JSON.stringify([pages, await passages(id)])).digest('hex')
  }
  const before = await digest()
  const { versionId } = await house.documents.reprocess(house.editor, { id })
  // The relay starts attempt 2; the same run is asked for again and again beside it.
  const ref = { orgId: house.org.id, documentId: id, versionId, attempt: 2 }
  await Promise.all([1, 2, 3, 4, 5].map(() => house.processing.start(ref, { name: 'twice', versionNumber: 1, size: 1 })))
  expect(await house.settled(id)).toMatchObject({ state: 'ready' })
  expect(await digest()).toBe(before)
})
