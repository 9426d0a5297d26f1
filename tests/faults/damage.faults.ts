import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IntelliDocsError } from '@intellidocs/client'
import { until } from '@intellidocs/testing'
import { fault, type FaultContext, type Suite } from './harness/fault.ts'
import type { Upload } from './harness/ledger-client.ts'

/** A document that is read, whose bytes were served once. */
type Kept = { readonly upload: Upload; readonly documentId: string; readonly path: string }

async function keep({ stack, client, drain }: FaultContext): Promise<Kept> {
  const upload = await client.upload()
  assert.equal(upload.outcome.kind, 'acked')
  const documentId = upload.outcome.kind === 'acked' ? upload.outcome.documentId : ''
  await drain()
  await assertServed({ client }, { upload, documentId })
  return { upload, documentId, path: join(stack.dataDir, 'blobs', 'org', client.org.id, upload.content.sha256) }
}

async function download({ client }: Pick<FaultContext, 'client'>, documentId: string): Promise<Buffer> {
  const { stream } = await client.client.download(documentId)
  return Buffer.from(await new Response(stream).arrayBuffer())
}

async function assertServed(context: Pick<FaultContext, 'client'>, { upload, documentId }: Pick<Kept, 'upload' | 'documentId'>): Promise<void> {
  assert.ok((await download(context, documentId)).equals(upload.content.bytes), 'the bytes are those that were sent')
}

/** Not one byte is handed out: the answer is the error. */
async function assertRefused(context: FaultContext, { documentId }: Kept): Promise<void> {
  await assert.rejects(download(context, documentId), (error) => error instanceof IntelliDocsError && error.appCode === 'blob.integrity')
}

async function assertNamed(context: FaultContext, kind: 'sha_mismatch' | 'missing_blobs' | 'orphan_blobs', sha256: string): Promise<void> {
  const { ok, differences, [kind]: figure } = await context.verify()
  assert.equal(ok, false)
  assert.equal(figure, 1)
  assert.deepEqual(differences.map((one) => [one.kind, one.orgId, one.subject.split(' ')[0]]), [[kind, context.client.org.id, sha256]])
}

/** Whoever sends the same again makes the bytes sound, and no second document. */
async function assertMended(context: FaultContext, kept: Kept): Promise<void> {
  const { outcome } = await context.client.again(kept.upload)
  assert.deepEqual(outcome, kept.upload.outcome)
  await assertServed(context, kept)
}

/** A document whose bytes are lost is not handed out, `verify` names it, and who has the bytes mends it. */
const refusedNamedMended = (kind: 'sha_mismatch' | 'missing_blobs') => async (context: FaultContext, kept: Kept): Promise<void> => {
  await assertRefused(context, kept)
  await assertNamed(context, kind, kept.upload.content.sha256)
  await assertMended(context, kept)
}

const flipped = fault({
  name: 'one flipped byte',
  what: 'one bit of a stored file is turned over, once behind the store\'s back on its times',
  arrange: keep,
  async act({ random, round }, { path }) {
    const { atime, mtime } = await stat(path)
    const bytes = await readFile(path)
    const at = random.int(0, bytes.length - 1)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.int(0, 7)), at)
    await writeFile(path, bytes)
    if (round % 2 === 0) await utimes(path, atime, mtime)
  },
  expect: refusedNamedMended('sha_mismatch'),
})

const deleted = fault({
  name: 'a deleted blob',
  what: 'a stored file is removed',
  arrange: keep,
  act: (_context, { path }) => rm(path),
  expect: refusedNamedMended('missing_blobs'),
})

const stray = fault({
  name: 'a stray blob',
  what: 'bytes lie in the store that no row names; the sweep of a worker that starts removes them',
  async arrange({ stack, client, random }) {
    const bytes = random.bytes(5_000)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await client.upload()
    return { sha256, bytes, path: join(stack.dataDir, 'blobs', 'org', client.org.id, sha256) }
  },
  async act(_context, { path, bytes }) {
    await writeFile(path, bytes)
    const old = new Date(Date.now() - 3_600_000)
    await utimes(path, old, old)
  },
  async expect(context, { sha256, path }) {
    const { stack, client, drain } = context
    await drain()
    await assertNamed(context, 'orphan_blobs', sha256)
    const { items } = await client.client.api.documents.list.query({ limit: 200 })
    assert.ok(items.every((document) => document.sha256 !== sha256), 'no document offers it')
    await stack.worker.kill('SIGTERM')
    await stack.worker.start()
    await until('the sweep has removed it', () => stat(path).then(() => false, () => true))
  },
})

export const suite: Suite = { name: 'damage', faults: [flipped, deleted, stray] }
