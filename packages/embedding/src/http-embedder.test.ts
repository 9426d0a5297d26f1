import { createServer, type IncomingMessage, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { createEmbedder } from './create-embedder.ts'
import { createHttpEmbedder } from './http-embedder.ts'

type Call = { path: string | undefined; authorization: string | undefined; body: { model: string; input: string[] } }
type Reply = { status?: number; body?: unknown; hang?: boolean }

const servers: Server[] = []
afterEach(() => { for (const server of servers.splice(0)) { server.closeAllConnections(); server.close() } })

/** A server that answers as `reply` says and remembers what it was asked. */
async function serve(reply: (call: Call) => Reply): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = []
  const answer = async (request: IncomingMessage) => {
    const call: Call = { path: request.url, authorization: request.headers.authorization, body: await json(request) as Call['body'] }
    calls.push(call)
    return reply(call)
  }
  const server = createServer((request, response) => {
    void answer(request).then(({ status = 200, body, hang }) => {
      if (!hang) response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`, calls }
}

const vectorOf = (text: string, length = 384) => Array.from({ length }, (_, k) => (k === text.length ? 2 : 0))
const inReverse = (call: Call) => ({ body: { data: call.body.input.map((text, index) => ({ index, embedding: vectorOf(text) })).reverse() } })

test('texts go out in batches and each comes back as its own vector of unit length, whatever the order of the answer', async () => {
  const { url, calls } = await serve(inReverse)
  const embedder = createHttpEmbedder({ url, model: 'small', batchSize: 2 })
  const vectors = await embedder.embed(['a', 'bb', 'ccc'], 'passage')
  expect(calls.map((call) => call.body.input)).toEqual([['a', 'bb'], ['ccc']])
  expect(calls[0]).toMatchObject({ path: '/v1/embeddings', body: { model: 'small' } })
  expect(vectors.map((vector) => vector.indexOf(1))).toEqual([1, 2, 3])
  expect(embedder).toMatchObject({ id: 'http:small', dimensions: 384 })
})

test('a key is sent as bearer token and is not part of the id', async () => {
  const { url, calls } = await serve(inReverse)
  const embedder = createHttpEmbedder({ url, model: 'small', key: 's3cret' })
  await embedder.embed(['a'], 'query')
  expect(calls[0]?.authorization).toBe('Bearer s3cret')
  expect(embedder.id).not.toContain('s3cret')
})

test('a model of another length is refused at the start, by name and number', async () => {
  const { url } = await serve((call) => ({ body: { data: call.body.input.map((text) => ({ embedding: vectorOf(text, 1536) })) } }))
  const refusal = { kind: 'unsupported', message: expect.stringMatching(/large.*1536.*384/) }
  await expect(createEmbedder({ kind: 'http', url, model: 'large' })).rejects.toMatchObject(refusal)
})

test('a server that is away does not stop the start, and asking it says that it is away', async () => {
  const embedder = await createEmbedder({ kind: 'http', url: 'http://127.0.0.1:1/v1', model: 'small' })
  await expect(embedder.embed(['a'], 'query')).rejects.toMatchObject({ name: 'EmbeddingError', kind: 'unavailable' })
})

test('a server that hangs is given up', async () => {
  const { url } = await serve(() => ({ hang: true }))
  const embedder = createHttpEmbedder({ url, model: 'small', timeouts: { passage: 50, query: 50 } })
  await expect(embedder.embed(['a'], 'query')).rejects.toMatchObject({ kind: 'unavailable' })
})

test.each([
  ['a failure', { status: 500, body: { error: 'out of memory' } }],
  ['no list', { body: {} }],
  ['too few', { body: { data: [] } }],
  ['words for numbers', { body: { data: [{ embedding: vectorOf('a').map(() => 'x') }] } }],
  ['no embedding', { body: { data: [{ index: 0 }] } }],
  ['an index out of range', { body: { data: [{ index: 7, embedding: vectorOf('a') }] } }],
] satisfies [string, Reply][])('%s is an error, never a wrong vector', async (_, reply) => {
  const { url } = await serve(() => reply)
  await expect(createHttpEmbedder({ url, model: 'small' }).embed(['a'], 'passage')).rejects.toMatchObject({ kind: 'unavailable' })
})
