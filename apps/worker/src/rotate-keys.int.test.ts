import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { processingRunId } from '@intellidocs/contracts'
import { secretKeyId } from '@intellidocs/kernel'
import PDFDocument from 'pdfkit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openTestHouse, testSecretKey, until, type TestHouse } from './test-house.ts'

let house: TestHouse
const children = new Set<ChildProcess>()
beforeAll(async () => { house = await openTestHouse() })
afterEach(() => { for (const child of children) child.kill('SIGKILL') })
afterAll(() => house.close())

type WorkerProcess = { readonly log: () => string; stop(): Promise<void> }

/** The real worker over the house's servers, with these keys, once it says that it is ready. */
async function startWorker(keys: { SECRET_KEY: string; SECRET_KEY_OLD?: string }): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      PATH: process.env['PATH'] ?? '', HOME: house.folder, DATA_DIR: house.folder, LOG_LEVEL: 'warn', DATABASE_URL: house.url,
      INTELLIDOCS_EMBEDDED: '1', BLOBS: `file:${join(house.folder, 'blobs')}`,
      TEMPORAL_ADDRESS: house.temporal.address, TEMPORAL_NAMESPACE: house.temporal.namespace, OCR_LANGS: 'eng', ...keys,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  let log = ''
  child.stderr.on('data', (piece: Buffer) => { log += piece.toString() })
  const ended = once(child, 'exit').then(() => { throw new Error(`the worker ended before it was ready: ${log}`) })
  await Promise.race([once(createInterface(child.stdout), 'line'), ended])
  ended.catch(() => undefined) // it ends one day
  return {
    log: () => log,
    async stop() {
      if (child.kill('SIGTERM')) await once(child, 'exit')
    },
  }
}

async function lockedPdf(password: string): Promise<Buffer> {
  const pdf = new PDFDocument({ userPassword: password })
  pdf.text('The tide table hangs beside the door of the harbour office.')
  pdf.end()
  return buffer(pdf)
}

test('after a change of the key a run sealed with the older one goes on and a stored password opens, and not without that key', async () => {
  const [older, newer] = [testSecretKey.toString('hex'), randomBytes(32).toString('hex')]
  const { id } = await house.upload(await lockedPdf('open sesame'), 'locked.pdf')
  const before = await startWorker({ SECRET_KEY: older })
  await until(() => house.get(id), ({ state }) => state === 'needs_password')
  await before.stop()

  // Sealed with the older key: the password in its row, and the run's arguments in Temporal.
  const { versionId } = await house.documents.providePassword(house.editor, { id, password: 'open sesame' })
  const ref = { orgId: house.org.id, documentId: id, versionId, attempt: 2 }
  await house.processing.start(ref, { name: 'locked.pdf', versionNumber: 1, size: 1 })
  const without = await startWorker({ SECRET_KEY: newer })
  await expect.poll(without.log, { timeout: 30_000 }).toContain(`sealed with key ${secretKeyId(testSecretKey)}`)
  expect((await house.get(id)).state).toBe('queued')
  expect(without.log()).not.toContain(older)
  await without.stop()

  const after = await startWorker({ SECRET_KEY: newer, SECRET_KEY_OLD: older })
  expect(await house.settled(id)).toMatchObject({ state: 'ready', pages: 1 })
  // What this run wrote after the change is sealed with the new key: whoever has the older one alone cannot read its end.
  await expect(house.client.workflow.getHandle(processingRunId(ref)).result()).rejects.toThrow(secretKeyId(Buffer.from(newer, 'hex')))
  for (const key of [older, newer]) expect(after.log()).not.toContain(key)
  await after.stop()
})
