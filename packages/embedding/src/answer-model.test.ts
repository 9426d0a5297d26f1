import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { createAnswerModel, type ChatMessage } from './answer-model.ts'

const servers: Server[] = []
afterEach(() => { for (const server of servers.splice(0)) { server.closeAllConnections(); server.close() } })

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

const messages: ChatMessage[] = [{ role: 'system', content: 'rules' }, { role: 'user', content: 'question' }]
async function read(url: string, signal = new AbortController().signal): Promise<string[]> {
  const pieces: string[] = []
  for await (const piece of createAnswerModel({ url, model: 'small', key: 'k1' }).write(messages, { signal, maxTokens: 50 })) pieces.push(piece)
  return pieces
}
const event = (content: string | null): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
const streaming = { 'content-type': 'text/event-stream; charset=utf-8' }

test('what the model writes comes piece by piece, wherever packets are cut, and what is sent holds no tools', async () => {
  const seen: unknown[] = []
  const url = await serve((request, response) => void json(request).then((body) => {
    seen.push({ path: request.url, authorization: request.headers.authorization, body })
    response.writeHead(200, streaming)
    const bytes = Buffer.from(`: ping\n\n${event(null)}${event('ção')}${event(' two')}data: {"choices": [], "usage": {}}\n\ndata: [DONE]\n\n${event('late')}`)
    for (let at = 0; at < bytes.length; at += 3) response.write(bytes.subarray(at, at + 3))
    response.end()
  }))
  expect((await read(url)).join('')).toBe('ção two')
  expect(seen).toEqual([{
    path: '/v1/chat/completions', authorization: 'Bearer k1', body: { model: 'small', messages, stream: true, temperature: 0, max_tokens: 50 },
  }])
})

test('a server that does not stream is understood', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'all' } }] }, null, 1))
  })
  expect(await read(url)).toEqual(['all'])
})

test.each<[string, RequestListener]>([
  ['a failure', (_, response) => { response.writeHead(500).end('out of memory') }],
  ['an error in the stream', (_, response) => { response.writeHead(200, streaming).end('data: {"error": {"message": "overloaded"}}\n\n') }],
  ['no JSON', (_, response) => { response.writeHead(200, streaming).end('data: {"choices\n\n') }],
  ['a redirect', (_, response) => { response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end() }],
  ['a cut', (_, response) => { response.writeHead(200, streaming).write(event('a'), () => response.destroy()) }],
  ['more than anybody reads', (_, response) => { response.writeHead(200, streaming).end(event('x'.repeat(1_100_000))) }],
])('%s is an error', async (_, answer) => {
  await expect(read(await serve(answer))).rejects.toThrow()
})

test('a server that is away or hangs is given up', async () => {
  await expect(read('http://127.0.0.1:1/v1')).rejects.toMatchObject({ name: 'AnswerError' })
  const leaving = new AbortController()
  const url = await serve((_, response) => { response.writeHead(200, streaming).write(event('a'), () => leaving.abort()) })
  await expect(read(url, leaving.signal)).rejects.toThrow()
})
