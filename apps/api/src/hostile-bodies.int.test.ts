import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { data, get, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'
import { MAX_UPLOAD_BYTES } from './uploads/accept-upload.ts'

let api: TestApi
let headers: Record<string, string>
beforeAll(async () => {
  api = await startTestApi()
  headers = await signIn(api.url)
})
afterAll(async () => { await api.close() })

const FORM = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
const UPLOAD = ['POST /api/v1/documents', 'x-file-name: a.bin']
const FORM_UPLOAD = ['POST /api/v1/documents', 'content-type: multipart/form-data; boundary=b']
const CALL = ['POST /trpc/documents.folders.create', 'content-type: application/json']

function say([line = '', ...lines]: readonly string[], body: string): Socket {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write(Buffer.from([`${line} HTTP/1.1`, 'host: x', ...named, ...lines, '', body].join('\r\n'), 'latin1'))
  return socket
}

/** The status that a request is answered with whose sender then waits, until the connection ends. */
async function statusOf(request: readonly string[], body: string): Promise<number> {
  const socket = say(request, body)
  let heard = ''
  socket.on('data', (piece: Buffer) => { heard += piece.toString('latin1') })
  await once(socket, 'close')
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0)
}

const temporaryFiles = async (): Promise<string[]> =>
  (await Promise.all([join('blobs', 'tmp'), 'uploads'].map((dir) => readdir(join(api.dataDir, dir)).catch(() => [])))).flat()
const documents = async (): Promise<unknown[]> => data<{ items: unknown[] }>(await query(api.url, 'documents.list', {}, headers)).items

test.concurrent.each<[string, readonly string[], string]>([
  ['an upload that is shorter than announced', [...UPLOAD, 'content-length: 9000'], 'x'.repeat(5000)],
  ['an upload in chunks that stops', [...UPLOAD, 'transfer-encoding: chunked'], '5\r\nxxxxx\r\n'],
  ['a form that is shorter than announced', [...FORM_UPLOAD, 'content-length: 9000'], `${FORM}${'x'.repeat(5000)}`],
  ['a call that is shorter than announced', [...CALL, 'content-length: 9000'], '{"name":'],
  ['a call in chunks that stops', [...CALL, 'transfer-encoding: chunked'], '8\r\n{"name":\r\n'],
])('%s is told 408, and nothing of it stays', async (_what, request, body) => {
  expect(await statusOf(request, body)).toBe(408)
  await expect.poll(temporaryFiles, { timeout: 10_000 }).toEqual([])
  expect(await documents()).toEqual([])
})

test('senders of uploads that hang up at once, before it is known who they are, leave nothing behind', async () => {
  const sockets = Array.from({ length: 40 }, () => say([...UPLOAD, 'content-length: 9000'], 'x'))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  await get(`${api.url}/healthz`)
  for (const socket of sockets) socket.destroy()
  // Asked as they were, and behind them: what was begun for them has been by now.
  expect(await documents()).toEqual([])
  await expect.poll(temporaryFiles, { timeout: 10_000 }).toEqual([])
})

test.each<[string, readonly string[], string]>([
  ['an upload that announces one byte too many', [...UPLOAD, `content-length: ${MAX_UPLOAD_BYTES + 1}`], 'x'],
  ['a resumable upload that announces one byte too many', ['POST /api/v1/uploads', 'tus-resumable: 1.0.0', `upload-length: ${MAX_UPLOAD_BYTES + 1}`, 'content-length: 0', 'connection: close'], ''],
  ['a call that announces one byte too many', [...CALL, 'content-length: 1000001', 'connection: close'], 'x'.repeat(1_000_001)],
  ['a call in endless chunks', [...CALL, 'transfer-encoding: chunked'], `100000\r\n${'x'.repeat(1_048_576)}\r\n`.repeat(3)],
])('%s is told 413, and nothing of it stays', async (_what, request, body) => {
  expect(await statusOf(request, body)).toBe(413)
  expect(await temporaryFiles()).toEqual([])
  expect(await documents()).toEqual([])
})

const deep = '['.repeat(20_000)
const bodies = [
  '', '{', 'null', '[]', '7', '"x"', 'NaN', '\u0000', deep, `${deep}${']'.repeat(20_000)}`, '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"x":1}}}',
  `{"limit":${'9'.repeat(400)}}`, '{"limit":1e400}', '{"name":"\\ud800"}', '{"0":{"__proto__":{"x":1}},"1":null}', '\u00ff\u00fe',
]
const types = ['application/json', 'text/plain', 'multipart/form-data', 'multipart/form-data; boundary=b', 'application/octet-stream', 'application/x-www-form-urlencoded', '']
const lines = [
  'POST /trpc/documents.folders.create', 'POST /trpc/documents.folders.create,orgs.create?batch=1', 'POST /trpc/__proto__', 'POST /trpc/', 'POST /trpc/documents.update?batch=1&input=%7B',
  'GET /trpc/documents.list?input=%', 'PUT /trpc/documents.list', 'POST /api/v1/documents', 'PATCH /api/v1/uploads/x', 'POST /api/v1/uploads', 'DELETE /api/v1/uploads/%', 'HEAD /api/v1/uploads/..%2f..%2fx',
]

test('broken bodies of all kinds to all entrances are refused as what they are, and the process goes on', async () => {
  const faults: string[] = []
  for (const line of lines) {
    await Promise.all(bodies.flatMap((body, at) => [types[at % types.length], types[(at + 3) % types.length]].map(async (type = '') => {
      const status = await statusOf([line, `content-type: ${type}`, 'tus-resumable: 1.0.0', 'upload-length: x', `content-length: ${body.length}`, 'connection: close'], body)
      if (status === 0 || status >= 500) faults.push(`${status}: ${line} ${type} ${body.slice(0, 40)}`)
    })))
  }
  expect(faults).toEqual([])
  expect(api.logLines.filter((text) => text.includes('"level":"error"'))).toEqual([])
  expect((await get(`${api.url}/healthz`)).status).toBe(200)
}, 120_000)
