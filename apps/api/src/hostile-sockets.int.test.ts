import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { data, get, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
beforeAll(async () => { api = await startTestApi() })
afterAll(async () => { await api.close() })

/** A connection that asks for a websocket in its own words. `received` grows. */
function ask(path: string, host = 'x'): { socket: Socket; received: () => Buffer } {
  const pieces: Buffer[] = []
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
  socket.on('data', (piece: Buffer) => pieces.push(piece)).on('error', () => undefined)
  socket.write([
    `GET ${path} HTTP/1.1`, `host: ${host}`, 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==', '', '',
  ].join('\r\n'))
  return { socket, received: () => Buffer.concat(pieces) }
}

/** A text frame as clients send them: masked, here with zeros. */
function frame(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message))
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]), body])
}

test.each([['//', 'x'], ['http://[', 'x'], ['/trpc', 'a b['], ['/trpc?connectionParams=1', '[']])(
  'an upgrade to an address that is none (%s at %s) is refused, and the process goes on', async (path, host) => {
    const { socket, received } = ask(path, host)
    await once(socket, 'close')
    expect(received().toString()).toMatch(/^HTTP\/1\.1 400 /)
    expect((await get(`${api.url}/healthz`)).status).toBe(200)
  })

test('who has signed out and ignores the goodbye can change nothing any more', async () => {
  const headers = await signIn(api.url)
  const { socket, received } = ask('/trpc?connectionParams=1')
  await expect.poll(() => received().toString('latin1')).toContain('101 Switching Protocols')
  socket.write(frame({ method: 'connectionParams', data: { token: headers['authorization']?.slice(7) ?? '', org: 'main' } }))
  socket.write(frame({ id: 1, method: 'query', params: { path: 'auth.me' } }))
  await expect.poll(() => received().toString('latin1'), { timeout: 10_000 }).toContain('"id":1')

  await mutate(api.url, 'auth.signOut', undefined, headers)
  // The close frame: 0x88, length, code 4401.
  await expect.poll(() => received().includes(Buffer.from([0x11, 0x31])), { timeout: 5000 }).toBe(true)
  socket.write(frame({ id: 2, method: 'mutation', params: { path: 'orgs.create', input: { name: 'After', slug: 'after' } } }))
  await once(socket, 'close')
  const orgs = data<{ items: { slug: string }[] }>(await query(api.url, 'orgs.list', {}, await signIn(api.url)))
  expect(orgs.items.map(({ slug }) => slug)).toEqual(['main'])
})
