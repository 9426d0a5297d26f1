import assert from 'node:assert/strict'
import { fault, type Suite } from './harness/fault.ts'

const points = ['upload_first_byte', 'upload_half', 'after_blob_fsync', 'after_commit_before_reply', 'after_reply'] as const

/** The API dies at a point of an upload; the client sends the same again under its key. */
const killedAt = (point: (typeof points)[number], resumable: boolean) => fault({
  name: `api killed at ${point}${resumable ? ', resumable' : ''}`,
  what: `kill -9 of the API at ${point} of ${resumable ? 'a resumable' : 'an'} upload, then the same upload again`,
  async arrange({ stack, client }) {
    await client.upload()
    await stack.api.kill('SIGTERM')
    await stack.api.start({ FAILPOINT: `${point}:exit` })
  },
  async act({ stack, client, random }) {
    const trying = client.upload({ kind: random.pick(['text', 'opaque']), resumable })
    await stack.api.gone()
    await stack.api.start()
    await client.settle(await trying)
  },
  async expect({ client }) {
    const last = client.ledger.read().uploads.at(-1)
    assert.ok(last?.ack, 'the upload was acknowledged in the end')
  },
})

export const suite: Suite = {
  name: 'uploads',
  faults: points.map((point) => killedAt(point, false)),
}
