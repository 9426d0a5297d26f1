import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import PDFDocument from 'pdfkit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openReceiver } from './receiver.testkit.ts'
import { openTestHouse, testSecretKey, until, type TestHouse } from './test-house.ts'

let house: TestHouse
const children = new Set<ChildProcess>()
beforeAll(async () => { house = await openTestHouse() })
afterEach(() => { for (const child of children) child.kill('SIGKILL') })
afterAll(() => house.close())

const worker = join(import.meta.dirname, 'main.ts')
const environment = () => ({
  PATH: process.env['PATH'] ?? '', HOME: house.folder, DATA_DIR: house.folder, LOG_LEVEL: 'warn',
  DATABASE_URL: house.url, BLOBS: `file:${join(house.folder, 'blobs')}`, SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'docs@example.org',
  SECRET_KEY: testSecretKey.toString('hex'), TEMPORAL_ADDRESS: house.temporal.address, TEMPORAL_NAMESPACE: house.temporal.namespace, OCR_LANGS: 'eng',
})

/** The real process, once it says that it is ready. */
async function start(more: Record<string, string> = {}): Promise<ChildProcess> {
  const child = spawn(process.execPath, [worker], { env: { ...environment(), ...more }, stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  if (child.stdout === null) throw new Error('no stdout')
  const ended = once(child, 'exit').then(() => { throw new Error('the worker ended before it was ready') })
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended])
  ended.catch(() => undefined) // it ends one day
  expect(JSON.parse(String(line))).toEqual({ ready: true, service: 'worker' })
  return child
}

async function scanOf(pages: number): Promise<Buffer> {
  const photo = await readFile(join(import.meta.dirname, '..', '..', '..', 'examples', 'crane-inspection-photo.jpg'))
  const pdf = new PDFDocument({ autoFirstPage: false })
  for (let n = 0; n < pages; n++) pdf.addPage({ size: 'A4', margin: 0 }).image(photo, 0, 0, { fit: [595, 842] })
  pdf.end()
  return buffer(pdf)
}

test('a worker killed in the middle loses nothing: the next one completes the document with every page once', async () => {
  const first = await start()
  const { id } = await house.upload(await scanOf(4), 'scan.pdf')
  await until(() => house.pages(id), (pages) => pages.length >= 1)
  expect((await house.get(id)).state).toBe('processing')
  first.kill('SIGKILL')
  await once(first, 'exit')
  const kept = await house.pages(id)
  const second = await start()
  const document = await until(() => house.get(id), ({ state }) => state !== 'queued' && state !== 'processing')
  expect(document).toMatchObject({ state: 'ready', pages: 4 })
  const pages = await house.pages(id)
  expect(pages.map((page) => page.number)).toEqual([1, 2, 3, 4])
  for (const page of kept) expect(pages).toContainEqual({ ...page, passages: expect.anything() as unknown })
  const passages = await house.documents.deps.runInTx(house.owner, (tx) => tx.$queryRaw<{ page: number; ordinal: bigint; n: number }[]>`
    select page, ordinal, count(*)::int as n from passage where document_id = ${id}::uuid group by page, ordinal order by ordinal`)
  expect(new Set(passages.map((passage) => passage.page))).toEqual(new Set([1, 2, 3, 4]))
  expect(passages.every((passage) => passage.n === 1)).toBe(true)
  second.kill('SIGTERM')
  expect(await once(second, 'exit')).toEqual([0, null])
}, 240_000)

test('a worker killed while it tells a receiver is followed by one that tells it again, under the same id, and everything else once', async () => {
  const receiver = await openReceiver((response, { id }) => {
    // The first of all is never answered: its worker dies of it.
    if (receiver.got.length > 1 || receiver.got[0]?.id !== id) response.end()
  })
  const { endpoint } = await house.modules.webhooks.endpoints.create(house.owner, { url: receiver.url, description: '', events: ['documents.uploaded.v1'] })
  const first = await start({ WEBHOOK_ALLOW: '127.0.0.0/8' })
  const documents = [(await house.upload('the first one', 'a.txt')).id]
  await until(() => Promise.resolve(receiver.got), ({ length }) => length === 1)
  first.kill('SIGKILL')
  await once(first, 'exit')
  for (const name of ['b.txt', 'c.txt']) documents.push((await house.upload(name, name)).id)
  const second = await start({ WEBHOOK_ALLOW: '127.0.0.0/8' })
  const log = () => house.modules.webhooks.deliveries.list(house.owner, { endpointId: endpoint.id, limit: 50 })
  const { items } = await until(log, (page) => page.items.length === 3 && page.items.every(({ state }) => state === 'delivered'))
  expect(items.map(({ tries }) => tries).toSorted((one, two) => one - two)).toEqual([1, 1, 2])
  expect(documents.map((id) => receiver.got.filter(({ body }) => body.data.documentId === id).length)).toEqual([2, 1, 1])
  expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(3)
  second.kill('SIGTERM')
  expect(await once(second, 'exit')).toEqual([0, null])
  await receiver.close()
}, 240_000)

test('a worker told to stop in the middle of a file ends with 0 and leaves the file to the next one', async () => {
  const first = await start()
  const { id } = await house.upload(await scanOf(2), 'scan.pdf')
  await until(() => house.get(id), ({ progress }) => progress.stage === 'ocr')
  first.kill('SIGTERM')
  expect(await once(first, 'exit')).toEqual([0, null])
  const second = await start()
  expect(await until(() => house.get(id), ({ state }) => state !== 'queued' && state !== 'processing')).toMatchObject({ state: 'ready', pages: 2 })
  second.kill('SIGTERM')
  expect(await once(second, 'exit')).toEqual([0, null])
}, 240_000)

test('a worker that cannot reach Temporal at its start says so and ends with 1, for its supervisor to try again', async () => {
  const child = spawn(process.execPath, [worker], { env: { ...environment(), TEMPORAL_ADDRESS: '127.0.0.1:1' }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = buffer(child.stderr)
  expect(await once(child, 'exit')).toEqual([1, null])
  expect((await said).toString()).toContain('the worker did not start')
})
