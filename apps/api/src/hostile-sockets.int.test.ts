import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { asAdmin } from '@intellidocs/testing'
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
const frame = (message: unknown): Buffer => rawFrame(0x81, Buffer.from(JSON.stringify(message)))
const rawFrame = (head: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([head, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]), body])

type Asked = ReturnType<typeof ask>
const heard = ({ received }: Asked): string => received().toString('latin1')

/** A websocket on which the administrator is signed in. */
async function signedIn(): Promise<Asked> {
  const headers = await signIn(api.url)
  const asked = ask('/trpc?connectionParams=1')
  await expect.poll(() => heard(asked)).toContain('101 Switching Protocols')
  asked.socket.write(frame({ method: 'connectionParams', data: { token: headers['authorization']?.slice(7) ?? '', org: 'main' } }))
  return asked
}
const stream = (id: number): Buffer => frame({ id, method: 'subscription', params: { path: 'notifications.stream' } })
const errorsLogged = (): string[] => api.logLines.filter((line) => line.includes('"level":"error"'))

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

test('a connection opens twenty streams; one more is refused until another has ended', async () => {
  const asked = await signedIn()
  for (let id = 1; id <= 21; id += 1) asked.socket.write(stream(id))
  await expect.poll(() => heard(asked).match(/"type":"started"/g)?.length, { timeout: 10_000 }).toBe(20)
  await expect.poll(() => heard(asked).match(/"appCode":"[a-z.]+"/g), { timeout: 10_000 }).toEqual(['"appCode":"stream.limit"'])
  asked.socket.write(frame({ id: 1, method: 'subscription.stop' }))
  await expect.poll(() => heard(asked), { timeout: 10_000 }).toContain('"type":"stopped"')
  asked.socket.write(stream(22))
  await expect.poll(() => heard(asked), { timeout: 10_000 }).toMatch(/"id":22,"result":\{"type":"started"/)
  asked.socket.destroy()
})

test('a listener that does not read is cut off when 4 MB wait for it, and another hears everything meanwhile', async () => {
  const [lazy, keen] = [await signedIn(), await signedIn()]
  for (const asked of [lazy, keen]) {
    asked.socket.write(stream(1))
    await expect.poll(() => heard(asked), { timeout: 10_000 }).toContain('"type":"started"')
  }
  lazy.socket.pause()
  const { id: orgId } = data<{ id: string }>(await query(api.url, 'orgs.get', undefined, await signIn(api.url)))
  // More than the 4 MB and what the kernel takes besides: 12 MB, in portions that a reader has read before the next.
  for (let portion = 1; portion <= 10; portion += 1) {
    await asAdmin(api.database.adminUrl, `insert into event (org_id, type, actor_id, audience, payload)
      select '${orgId}', 'documents.folder-changed.v1', '${orgId}', array['org:${orgId}'], jsonb_build_object('n', n, 'filler', repeat('x', 60000))
      from generate_series(1, 20) n`)
    await expect.poll(() => heard(keen).match(/"payload":\{"n":\d+/g)?.length, { timeout: 30_000 }).toBe(20 * portion)
  }
  // It does not read, so that only its writing tells that the other side has gone.
  await expect.poll(() => {
    if (!lazy.socket.destroyed) lazy.socket.write(frame('PONG'))
    return lazy.socket.destroyed
  }, { timeout: 10_000 }).toBe(true)
  expect(keen.socket.destroyed).toBe(false)
  keen.socket.destroy()
})

const shapes: readonly unknown[] = [
  null, 1, 'x', [], {}, { id: 1 }, { id: null, method: 'query', params: { path: 'auth.me' } }, { id: {}, method: 'query', params: { path: 'auth.me' } },
  { id: 1, method: 'x', params: { path: 'auth.me' } }, { id: 1, method: 'query' }, { id: 1, method: 'query', params: { path: 7 } }, { id: 1, method: 'query', params: null },
  { id: 1, method: 'mutation', params: { path: '__proto__', input: { a: 1 } } }, { id: 1, method: 'subscription', params: { path: 'constructor.name' } },
  { id: 1, method: 'subscription', params: { path: 'notifications.stream', lastEventId: 'x' } }, { id: 1, method: 'subscription', params: { path: 'notifications.stream', input: 7, lastEventId: '1-1' } },
  { id: 1, method: 'subscription.stop' }, { method: 'connectionParams', data: 7 }, Array.from({ length: 21 }, () => ({ id: 1, method: 'query', params: { path: 'auth.me' } })),
]
const garbage: readonly Buffer[] = [
  ...shapes.map(frame), ...['', '{', '[', 'NaN', '{"__proto__":{"x":1}}', '['.repeat(20_000)].map((text) => rawFrame(0x81, Buffer.from(text))),
  ...[0x80, 0x83, 0x8b, 0x8f, 0xc1, 0xa1, 0x91, 0x09, 0x00].map((head) => rawFrame(head, Buffer.from('x'))),
  rawFrame(0x81, Buffer.from([0xc3, 0x28, 0xff])), rawFrame(0x82, Buffer.from([0, 1, 2])), rawFrame(0x88, Buffer.from([3])), rawFrame(0x88, Buffer.from([0, 1])), rawFrame(0x89, Buffer.alloc(126)),
  Buffer.from([0x81, 2, 0x7b, 0x7d]), Buffer.from([0x81, 0xff, 0x3f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]), Buffer.from([0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]),
  Buffer.concat([rawFrame(1, Buffer.from('[')), ...Array.from({ length: 70 }, () => rawFrame(0, Buffer.from('x')))]),
]

test('three hundred frames of garbage neither end the process nor count as errors of ours', async () => {
  const before = errorsLogged().length
  const send = async (n: number): Promise<void> => {
    const asked = n % 2 === 0 ? await signedInOnce() : ask('/trpc')
    await expect.poll(() => heard(asked), { timeout: 10_000 }).toContain('101 Switching Protocols')
    asked.socket.write(garbage[n % garbage.length] ?? Buffer.alloc(0))
    // What is asked behind it is answered, or the connection is closed: either way the garbage was read.
    asked.socket.write(frame({ id: 9000, method: 'query', params: { path: 'no.such' } }))
    await expect.poll(() => asked.socket.destroyed || /"id":9000|\u0088/.test(heard(asked)), { timeout: 10_000 }).toBe(true)
    asked.socket.destroy()
  }
  await send(0) // signs in, once for all
  for (let n = 0; n < 300; n += 20) await Promise.all(Array.from({ length: 20 }, (_, at) => send(n + at)))
  expect(errorsLogged().slice(before)).toEqual([])
  expect((await get(`${api.url}/healthz`)).status).toBe(200)
}, 120_000)

let token: string | undefined
/** With one session for all of them: how often somebody may sign in is limited. */
async function signedInOnce(): Promise<Asked> {
  token ??= (await signIn(api.url))['authorization']?.slice(7)
  const asked = ask('/trpc?connectionParams=1')
  asked.socket.write(frame({ method: 'connectionParams', data: { token, org: 'main' } }))
  return asked
}
