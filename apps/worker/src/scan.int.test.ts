import type { DocumentId } from '@intellidocs/contracts'
import { createProcessingActivities } from '@intellidocs/domain/documents/temporal'
import { createClamd, type VirusScanner } from '@intellidocs/extraction'
import { startTestClamd, TEST_STREAM_BYTES, TEST_VIRUS, type TestClamd } from '@intellidocs/testing'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

/** The stage `scan` with ClamAV's own daemon (`startTestClamd`), which a test may put something before. */
let clamd: TestClamd
let real: VirusScanner
let scanner: VirusScanner
let house: TestHouse
let worker: Awaited<ReturnType<TestHouse['work']>>
beforeAll(async () => {
  clamd = await startTestClamd()
  real = createClamd(clamd.address)
  house = await openTestHouse(undefined, { scanner: { scan: (source, signal) => scanner.scan(source, signal), ping: () => scanner.ping() } })
  worker = await house.work()
})
afterAll(async () => {
  await worker.stop()
  await house.close()
  await clamd.close()
})
beforeEach(() => { scanner = real })

const quiet = { logger: new DefaultLogger('ERROR') }
const read = (id: DocumentId) => house.documents.content(house.editor, { id })
const refusal = (code: string) => ({ code })
type Row = { action: string; data: { reason?: string; signature?: string } }
const audited = (id: DocumentId) => house.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw<Row[]>`
  select action, data from audit where subject_id = ${id}::text order by id`)
const toldOf = (id: DocumentId) => house.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw<{ kind: string; userId: string }[]>`
  select kind, user_id as "userId" from notification where document_id = ${id}::uuid`)

/** Stands before the scanner until it is let go. */
function gate(): { reached: Promise<void>; open: () => void } {
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  scanner = { ...real, async scan(source, signal) {
    reached.resolve()
    await opened.promise
    return real.scan(source, signal)
  } }
  return { reached: reached.promise, open: opened.resolve }
}

test('nobody is given bytes or text before the scanner has looked, and afterwards they are', async () => {
  const at = gate()
  const { id } = await house.upload('The tide table hangs beside the door.', 'tide.txt')
  await at.reached
  expect(await house.get(id)).toMatchObject({ state: 'processing', scan: 'waiting', progress: { stage: 'scan' } })
  await expect(read(id)).rejects.toMatchObject(refusal('document.unscanned'))
  await expect(house.pages(id)).rejects.toMatchObject(refusal('document.unscanned'))
  expect((await audited(id)).map(({ action }) => action)).not.toContain('documents.download')
  at.open()
  expect(await house.settled(id)).toMatchObject({ state: 'ready', scan: 'clean' })
  expect(await read(id)).toMatchObject({ fileName: 'tide.txt' })
  expect(await house.pages(id)).toHaveLength(1)
})

test('an infected file is not read, its bytes are given to nobody, and whoever uploaded it is told', async () => {
  const { id } = await house.upload(`Look: ${TEST_VIRUS}`, 'look.txt')
  expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'infected', scan: 'infected', pages: null })
  for (const who of [house.owner, house.editor]) await expect(house.documents.content(who, { id })).rejects.toMatchObject(refusal('document.infected'))
  await expect(house.pages(id)).rejects.toMatchObject(refusal('document.infected'))
  expect(await audited(id)).toContainEqual({ action: 'documents.failed.v1', data: expect.objectContaining({ reason: 'infected', signature: expect.stringMatching(/^Test\.Eicar/) }) })
  const told = await until(() => toldOf(id), (rows) => rows.length > 0)
  expect(told).toEqual([{ kind: 'processing_failed', userId: house.editor.userId }])
})

test('the same bytes in another document of the organization, found clean before, are given to nobody once they are found infected', async () => {
  const text = `Twins: ${TEST_VIRUS}`
  scanner = { ...real, scan: () => Promise.resolve({ verdict: 'clean' }) }
  const { id: before } = await house.upload(text, 'before.txt')
  expect(await house.settled(before)).toMatchObject({ state: 'ready', scan: 'clean' })
  scanner = real
  const { id } = await house.upload(text, 'after.txt')
  expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'infected' })
  await expect(read(before)).rejects.toMatchObject(refusal('document.infected'))
  await expect(house.pages(before)).rejects.toMatchObject(refusal('document.infected'))
  expect(await house.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw`select published_version_id from document where id = ${before}::uuid`)).toEqual([{ published_version_id: null }])
})

test('a file that was infected is looked at again when it is to be read again, and stays closed meanwhile', async () => {
  const { id } = await house.upload(`Again: ${TEST_VIRUS}`, 'again.txt')
  await house.settled(id)
  const at = gate()
  await house.documents.reprocess(house.editor, { id })
  await at.reached
  await expect(read(id)).rejects.toMatchObject(refusal('document.unscanned'))
  at.open()
  expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'infected' })
})

test('an older version that was infected cannot be brought back past the scanner', async () => {
  const { id } = await house.upload(`First: ${TEST_VIRUS}`, 'first.txt')
  await house.settled(id)
  await house.upload('Second, without.', 'second.txt', house.editor, id)
  expect(await house.settled(id)).toMatchObject({ state: 'ready', version: 2 })
  await expect(house.documents.content(house.editor, { id, version: 1 })).rejects.toMatchObject(refusal('document.infected'))
  await house.documents.versions.restore(house.editor, { id, number: 1 })
  expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'infected', version: 3 })
})

test('a scanner that is away is waited for: the document stays closed, and is read when the scanner is back', async () => {
  const away = createClamd('127.0.0.1:1')
  let tries = 0
  scanner = { ...away, scan: (source, signal) => (++tries < 3 ? away : real).scan(source, signal) }
  const { id } = await house.upload('Patience.', 'patience.txt')
  await until(() => Promise.resolve(tries), (n) => n > 0)
  await expect(read(id)).rejects.toMatchObject(refusal('document.unscanned'))
  expect(await house.settled(id)).toMatchObject({ state: 'ready', scan: 'clean' })
  expect(tries).toBe(3)
})

test('what is larger than the scanner takes is never served', async () => {
  const { id } = await house.upload(Buffer.alloc(TEST_STREAM_BYTES + 100_000, 'a'), 'large.txt')
  expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'scan_limit', scan: 'waiting' })
  await expect(read(id)).rejects.toMatchObject(refusal('document.unscanned'))
})

test('a worker without a scanner reads nothing that waits for one', async () => {
  const at = gate()
  const { id, versionId } = await house.upload('Not without.', 'without.txt')
  await at.reached
  const activities = createProcessingActivities({
    documents: house.documents.deps, extraction: house.realExtraction, ocrLangs: ['eng'], tempDir: house.folder,
  })
  const ref = { orgId: house.org.id, documentId: id, versionId, attempt: 1 }
  await expect(new MockActivityEnvironment(undefined, quiet).run(activities.scan, ref)).rejects.toThrow('CLAMD_ADDRESS')
  await expect(new MockActivityEnvironment(undefined, quiet).run(activities.read, ref)).rejects.toMatchObject({ type: 'Fenced' })
  expect(await house.get(id)).toMatchObject({ scan: 'waiting', pages: null })
  at.open()
  expect(await house.settled(id)).toMatchObject({ state: 'ready' })
})
