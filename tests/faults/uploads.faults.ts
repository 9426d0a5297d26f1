import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, type Suite } from './harness/fault.ts'

const direct = ['upload_first_byte', 'upload_half', 'after_blob_fsync', 'after_commit_before_reply', 'after_reply'] as const
const resumable = ['upload_first_byte', 'upload_half', 'after_blob_fsync', 'after_commit_before_reply'] as const

/** Larger than what a connection brings at once, so that there is a half of it. */
const LARGE = 700_000

/** The API dies at a point of one of several uploads; the clients send the same again under their keys. */
const killedDirect = (point: (typeof direct)[number]) => fault({
  name: `api killed at ${point}`,
  what: `kill -9 of the API at ${point} of the first, second or third of four uploads; the same again under the same keys`,
  async arrange({ stack, random }) {
    await stack.api.kill()
    // Each large upload comes past its half several times.
    await stack.api.start({ FAILPOINT: `${point}:exit@${random.int(1, 3)}` })
  },
  async act({ stack, client }) {
    const uploads = client.uploadMany(4, point === 'upload_half' ? { kind: 'opaque', size: LARGE } : {})
    assert.equal(await stack.api.gone(), 'SIGKILL')
    await stack.api.start()
    await uploads
    await client.settleAll()
  },
  expect: async ({ client }) => assertAllAcked(client.ledger.read().uploads),
})

/** The API dies at a point of a resumable upload; its sender goes on where it was, by itself. */
const killedResumable = (point: (typeof resumable)[number]) => fault({
  name: `api killed at ${point}, resumable`,
  what: `kill -9 of the API at ${point} of a resumable upload; the client goes on by itself`,
  async arrange({ stack, random }) {
    await stack.api.kill()
    await stack.api.start({ FAILPOINT: `${point}:exit${point === 'upload_half' ? `@${random.int(1, 3)}` : ''}` })
    return { before: await uploadFiles(stack.dataDir) }
  },
  async act({ stack, client }) {
    const upload = client.upload({ kind: 'opaque', size: LARGE, resumable: true })
    assert.equal(await stack.api.gone(), 'SIGKILL')
    await stack.api.start()
    await client.settle(await upload)
  },
  async expect({ stack, client }, { before }) {
    assertAllAcked(client.ledger.read().uploads)
    // One answer is kept and nothing else: no second upload was begun, and the received bytes were given back.
    const added = (await uploadFiles(stack.dataDir)).filter((name) => !before.includes(name))
    assert.deepEqual(added.map((name) => name.split('.')[1]), ['answer'])
  },
})

function assertAllAcked(uploads: readonly { readonly id: string; readonly ack: object | null }[]): void {
  assert.deepEqual(uploads.filter(({ ack }) => ack === null).map(({ id }) => id), [], 'every upload was acknowledged in the end')
}

async function uploadFiles(dataDir: string): Promise<string[]> {
  const entries = await readdir(join(dataDir, 'uploads'), { recursive: true, withFileTypes: true }).catch(() => []) // the first upload makes the folder
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

export const suite: Suite = { name: 'uploads', faults: [...direct.map(killedDirect), ...resumable.map(killedResumable)] }
