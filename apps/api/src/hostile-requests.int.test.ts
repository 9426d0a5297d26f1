import { connect, type Socket } from 'node:net'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { codeOf, data, get, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'
import { defaultRateLimits } from './rate-limits.ts'

let api: TestApi
beforeAll(async () => { api = await startTestApi() })
afterAll(async () => { await api.close() })
afterEach(() => { vi.useRealTimers() })

/** A connection that says exactly this. */
function say(text: string): { socket: Socket; heard: () => string } {
  let heard = ''
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
  socket.on('data', (piece: Buffer) => { heard += piece.toString('latin1') }).on('error', () => undefined)
  socket.write(text)
  return { socket, heard: () => heard }
}

test.each(['GET /healthz', 'GET /api/v1/documents/x/content'])('a body that drips on after its answer (%s) is cut', async (line) => {
  const { socket, heard } = say(`${line} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nx`)
  const drip = setInterval(() => socket.write('x'), 500)
  // Not by `once`: whoever drips on into a cut connection may be told by a reset, which is an error of the socket before it is its end.
  await new Promise((resolve) => { socket.once('close', resolve) }).finally(() => clearInterval(drip))
  expect(heard()).toMatch(/^HTTP\/1\.1 \d{3} /)
}, 15_000)

test('credentials that open nothing are counted, also where no procedure is called', async () => {
  const few = { points: 5, seconds: 60 }
  const small = await startTestApi({ rateLimits: { actor: few, address: few, attempts: { ...defaultRateLimits.attempts, signIn: { pair: few, account: few, address: few } } } })
  try {
    const guess = () => get(`${small.url}/trpc/there.is.none`, { authorization: `Bearer idk_${'0'.repeat(16)}_${'a'.repeat(43)}` })
    for (let n = 0; n <= few.points; n += 1) expect(codeOf(await guess())).toBe('procedure.not_found')
    expect(codeOf(await query(small.url, 'auth.me'))).toBe('rate.limited')
  } finally {
    await small.close()
  }
})

test('an upload whose sender signs out before its last byte makes no document', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const headers = await signIn(api.url)
  const lines = Object.entries({ ...headers, host: 'x', 'x-file-name': 'late.txt', 'content-length': '20000' }).map(([name, value]) => `${name}: ${value}`)
  const { socket, heard } = say(`POST /api/v1/documents HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${'x'.repeat(10_000)}`)
  await expect.poll(() => readdir(join(api.dataDir, 'blobs', 'tmp')).catch(() => []), { timeout: 10_000 }).toHaveLength(1)
  await mutate(api.url, 'auth.signOut', undefined, headers)
  vi.setSystemTime(Date.now() + 2000)
  socket.write('x'.repeat(10_000))
  await expect.poll(heard, { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 401 /)
  socket.destroy()
  const { items } = data<{ items: unknown[] }>(await query(api.url, 'documents.list', {}, await signIn(api.url)))
  expect(items).toEqual([])
})

test.each([100_000, 900_000])('a call of %d bytes whose sender signs out before its last byte does nothing', async (length) => {
  const headers = await signIn(api.url)
  const [begun, end] = [`{"name":"late"${' '.repeat(length)}`, '}']
  const named = { ...headers, host: 'x', 'content-type': 'application/json', 'content-length': String(begun.length + end.length) }
  const lines = Object.entries(named).map(([name, value]) => `${name}: ${value}`)
  const { socket, heard } = say('')
  await new Promise((sent) => { socket.write(`POST /trpc/documents.folders.create HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${begun}`, sent) })
  await mutate(api.url, 'auth.signOut', undefined, headers)
  socket.write(end)
  await expect.poll(heard, { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 401 /)
  socket.destroy()
  const { items } = data<{ items: unknown[] }>(await query(api.url, 'documents.folders.list', {}, await signIn(api.url)))
  expect(items).toEqual([])
})

const cursorOf = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url')
const anyId = '0191c0de-0000-7000-8000-000000000000'
const [NUL, HALF] = ['a\u0000b', 'a\ud800']

test.each([
  ['query', 'orgs.list', { cursor: cursorOf({ at: 'banana', id: anyId }) }],
  ['query', 'orgs.members.list', { cursor: cursorOf({ at: '2026-02-31 00:00:00+00', id: anyId }) }],
  ['query', 'users.apiKeys.list', { cursor: cursorOf({ at: '2026-01-01 00:00:00+99', id: anyId }) }],
  ['query', 'documents.list', { cursor: cursorOf(['9999-99-99 00:00:00+00', anyId]) }],
  ['query', 'documents.list', { name: NUL }],
  ['query', 'documents.pages', { id: anyId, version: 2 ** 40 }],
  ['query', 'documents.versions.list', { id: anyId, cursor: cursorOf(2 ** 40) }],
  ['mutate', 'documents.versions.restore', { id: anyId, number: 2 ** 40 }],
  ['mutate', 'documents.folders.create', { name: HALF }],
  ['mutate', 'orgs.create', { name: NUL, slug: 'nul' }],
  ['mutate', 'orgs.create', { name: HALF, slug: 'half' }],
  ['mutate', 'users.apiKeys.create', { name: NUL }],
  ['mutate', 'users.apiKeys.create', { name: HALF }],
] as const)('what cannot be looked up or stored is the caller’s fault, not ours: %s %s', async (kind, path, input) => {
  const headers = await signIn(api.url)
  expect((await (kind === 'query' ? query : mutate)(api.url, path, input, headers)).status).toBe(400)
})

test('an address with broken escapes is the caller’s fault', async () => {
  expect((await get(`${api.url}/api/v1/documents/%E0%A4%A/content`, await signIn(api.url))).status).toBe(400)
})
