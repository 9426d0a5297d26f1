import { createServer, type IncomingMessage, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { createEmbedder } from './create-embedder.ts'
import { createHttpEmbedder } from './http-embedder.ts'

type Call = { path: string | undefined; authorization: string | undefined; body: { model: string; input: string[] } }
type Reply = { status?: number; headers?: Record<string, string>; body?: unknown; hang?: boolean }

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
    void answer(request).then(({ status = 200, headers, body, hang }) => {
      if (!hang) response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body ?? {}))
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

test('a model of any length that has an index is taken, a longer one is refused at the start, by name and number', async () => {
  const giving = (length: number) => serve((call) => ({ body: { data: call.body.input.map((text) => ({ embedding: vectorOf(text, length) })) } }))
  expect(await createEmbedder({ kind: 'http', url: (await giving(1536)).url, model: 'large' })).toMatchObject({ dimensions: 1536 })
  const refusal = { kind: 'unsupported', message: expect.stringMatching(/huge.*4096.*4000/) }
  await expect(createEmbedder({ kind: 'http', url: (await giving(4096)).url, model: 'huge' })).rejects.toMatchObject(refusal)
})

test('a server that changes the length of its vectors is not believed', async () => {
  let length = 384
  const { url } = await serve((call) => ({ body: { data: call.body.input.map((text) => ({ embedding: vectorOf(text, length) })) } }))
  const embedder = createHttpEmbedder({ url, model: 'small' })
  await embedder.embed(['a'], 'query')
  length = 768
  await expect(embedder.embed(['a'], 'query')).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/768.*384/) })
})

describe('a server that does not take everything at once', () => {
  const answered = (call: Call): Reply => ({ body: { data: call.body.input.map((text, index) => ({ index, embedding: vectorOf(text.slice(0, 300)) })) } })
  const patient = (url: string, waits: number[]) => createHttpEmbedder({ url, model: 'small', wait: async (ms) => { waits.push(ms) } })

  test('is asked again after what it says, and otherwise after waits that double', async () => {
    const replies: Reply[] = [{ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }, { status: 500 }]
    const { url, calls } = await serve((call) => replies.shift() ?? answered(call))
    const waits: number[] = []
    expect(await patient(url, waits).embed(['a'], 'passage')).toHaveLength(1)
    expect(calls).toHaveLength(4)
    expect(waits[0]).toBe(7_000)
    expect(waits[1]).toBeGreaterThanOrEqual(750)
    expect(waits[2]).toBeGreaterThanOrEqual(1_500)
  })

  test('is given up after five tries, and at once where somebody waits, where it would keep us too long, and where it will never answer', async () => {
    const waits: number[] = []
    const asked = async (reply: Reply, kind: 'passage' | 'query'): Promise<number> => {
      const { url, calls } = await serve(() => reply)
      await expect(patient(url, waits).embed(['a'], kind)).rejects.toMatchObject({ kind: 'unavailable' })
      return calls.length
    }
    expect(await asked({ status: 503 }, 'passage')).toBe(5)
    expect(await asked({ status: 503 }, 'query')).toBe(1)
    expect(await asked({ status: 429, headers: { 'retry-after': '3600' } }, 'passage')).toBe(1)
    expect(await asked({ status: 401 }, 'passage')).toBe(1)
  })

  test.each([422, 413, 400])('gets halves of what it refuses with %i, in order, and a text that is too long cut short', async (status) => {
    const { url, calls } = await serve((call) => (call.body.input.length > 2 || call.body.input.some((text) => text.length > 1_200) ? { status } : answered(call)))
    const texts = ['a', 'bb', 'ccc', 'dddd', 'e'.repeat(4_000)]
    const vectors = await patient(url, []).embed(texts, 'passage')
    expect(vectors.slice(0, 4).map((vector) => vector.indexOf(1))).toEqual([1, 2, 3, 4])
    expect(vectors[4]?.indexOf(1)).toBe(300)
    expect(calls.at(-1)?.body.input).toEqual(['e'.repeat(1_000)])
  })

  test.each([[400, 'refused'], [500, 'refused'], [503, 'unavailable'], [401, 'unavailable']])('that says %i to a text by itself has %s it', async (status, kind) => {
    const { url } = await serve(() => ({ status }))
    await expect(patient(url, []).embed(['a'], 'passage')).rejects.toMatchObject({ kind })
  })

  test('gets fewer texts at once where they are long', async () => {
    const { url, calls } = await serve(answered)
    await patient(url, []).embed(Array.from({ length: 40 }, () => 'x'.repeat(4_000)), 'passage')
    expect(calls.map((call) => call.body.input.length)).toEqual([8, 8, 8, 8, 8])
  })
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
  await expect(createHttpEmbedder({ url, model: 'small', wait: async () => undefined }).embed(['a'], 'passage')).rejects.toMatchObject({ name: 'EmbeddingError' })
})
