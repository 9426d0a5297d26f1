import assert from 'node:assert/strict'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@intellidocs/testing'
import { fault, type FaultContext, type Suite } from './harness/fault.ts'
import type { Upload } from './harness/ledger-client.ts'
import { newLines } from './harness/managed-process.ts'

const MB = 1_000_000
const LARGE = 400_000
const FILLER = 'filler'

/** Writes until nothing more goes in. */
async function fill(folder: string): Promise<void> {
  const file = await open(join(folder, FILLER), 'w')
  try {
    for (const piece of [Buffer.alloc(64 * 1024), Buffer.alloc(4 * 1024)]) {
      for (let full = false; !full;) {
        full = await file.write(piece).then(({ bytesWritten }) => bytesWritten < piece.length, (error: unknown) => {
          if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return true
          throw error
        })
      }
    }
  } finally {
    await file.close()
  }
}

const makeRoom = (folder: string): Promise<void> => rm(join(folder, FILLER), { force: true })
/** Room for what twenty rounds leave there for good. */
const folders = { blobs: 64 * MB, uploads: 64 * MB, tmp: 64 * MB }
const undo = async ({ stack }: Pick<FaultContext, 'stack'>): Promise<void> => {
  for (const folder of Object.keys(folders)) await makeRoom(join(stack.dataDir, folder))
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && entry.name !== FILLER).map(({ name }) => name).sort()
}

const blobs = fault({
  name: 'disk full for blobs',
  what: 'the disk of the blobs takes no more, then there is room again; no restart',
  async arrange({ stack, client, drain }) {
    const kept = await client.upload({ kind: 'text' })
    await drain()
    const folder = join(stack.dataDir, 'blobs')
    const before = await filesIn(folder)
    await fill(folder)
    return { folder, before, kept }
  },
  async act({ client }, { folder, before, kept }) {
    const refused = await client.uploadMany(3, { kind: 'opaque', size: LARGE })
    assert.deepEqual(refused.map(({ outcome }) => outcome), refused.map(() => ({ kind: 'refused', code: 'storage.full' })))
    assert.deepEqual(await filesIn(folder), before, 'no partial object is left')
    assert.equal(await statusOf({ client }), 507)
    assert.deepEqual(await filesIn(folder), before, 'no partial object is left')
    assert.ok(kept.outcome.kind === 'acked')
    const { stream } = await client.client.download(kept.outcome.documentId)
    assert.ok(Buffer.from(await new Response(stream).arrayBuffer()).equals(kept.content.bytes), 'what is there is served')
    await makeRoom(folder)
    assert.deepEqual(await Promise.all(refused.map(async (upload: Upload) => (await client.again(upload)).outcome.kind)), ['acked', 'acked', 'acked'])
  },
  undo,
})

/** The status of an upload in plain HTTP, as a program without our client sees it. */
async function statusOf({ client }: Pick<FaultContext, 'client'>): Promise<number> {
  const response = await fetch(`${client.client.url}/api/v1/documents`, {
    method: 'POST', body: Buffer.alloc(LARGE, 7), headers: { ...client.org.headers, 'content-type': 'application/octet-stream', 'x-file-name': 'full.bin' },
  })
  await response.body?.cancel()
  return response.status
}

const uploads = fault({
  name: 'disk full for uploads under way',
  what: 'the disk of resumable uploads takes no more while one arrives; its sender waits and goes on when there is room',
  async arrange({ stack }) {
    const folder = join(stack.dataDir, 'uploads')
    await fill(folder)
    return { folder }
  },
  async act({ stack, client }, { folder }) {
    const said = newLines(stack.api)
    const upload = client.upload({ kind: 'opaque', size: LARGE, resumable: true })
    await until('the upload was refused for want of room', () => said().includes('ENOSPC'))
    await makeRoom(folder)
    await client.settle(await upload)
  },
  async expect({ client }) {
    assert.ok(client.ledger.read().uploads.at(-1)?.ack, 'the upload was acknowledged in the end')
  },
  undo,
})

const temp = fault({
  name: 'disk full for temporary files',
  what: 'the disk of the files that a worker reads takes no more, then there is room again; no restart',
  async arrange({ stack, drain }) {
    await drain()
    const folder = join(stack.dataDir, 'tmp')
    await fill(folder)
    return { folder }
  },
  async act({ stack, client }, { folder }) {
    const said = newLines(stack.worker)
    const uploads = await client.uploadMany(3, { kind: 'text', size: 50_000 })
    assert.deepEqual(uploads.map(({ outcome }) => outcome.kind), ['acked', 'acked', 'acked'], 'uploads need no temporary file of the worker')
    await until('a reading failed for want of room', () => said().includes('ENOSPC'))
    await makeRoom(folder)
  },
  undo,
})

export const suite: Suite = { name: 'disk', stack: { smallDisks: folders }, faults: [blobs, uploads, temp] }
