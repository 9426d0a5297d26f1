import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ADMIN, ALLOWED_ORIGIN, codeOf, data, get, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'
import { defaultRateLimits } from './rate-limits.ts'

const FOREIGN = 'https://evil.example'
const minute = (points: number) => ({ points, seconds: 60 })
const limits = {
  actor: minute(100_000), address: minute(100_000),
  attempts: { ...defaultRateLimits.attempts, signIn: { pair: minute(5), account: minute(1000), address: minute(1000) } },
}

let api: TestApi
let cookie: string
beforeAll(async () => {
  api = await startTestApi({ rateLimits: limits })
  const answer = await mutate(api.url, 'auth.signIn', ADMIN, { origin: ALLOWED_ORIGIN })
  cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
})
afterAll(async () => { await api.close() })

const socketUrl = () => `${api.url.replace('http', 'ws')}/trpc`

/** The outcome of an upgrade: `open`, or the status it was refused with. */
async function upgrade(headers: Record<string, string>, path = ''): Promise<number | 'open'> {
  const socket = new WebSocket(socketUrl() + path, { headers })
  return new Promise((resolve) => {
    socket.once('open', () => { socket.terminate(); resolve('open') })
    socket.once('unexpected-response', (_req, res) => { res.resume(); resolve(res.statusCode ?? 0) })
    socket.once('error', () => undefined)
  })
}

/** Sends one call over an open socket and waits for its answer. */
async function callOver(socket: WebSocket, call: object): Promise<{ error?: { data: { appCode: string } }; result?: { data: unknown } }> {
  socket.send(JSON.stringify(call))
  for (;;) {
    const [raw] = await once(socket, 'message') as [Buffer]
    const message = JSON.parse(raw.toString()) as Awaited<ReturnType<typeof callOver>> & { id: number }
    if (message.id === (call as { id: number }).id) return message
  }
}

async function openSocket(params: Record<string, string>): Promise<WebSocket> {
  const socket = new WebSocket(`${socketUrl()}?connectionParams=1`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: params }))
  return socket
}

describe('origins', () => {
  test('a websocket with the cookie from a foreign or absent origin is refused before the upgrade', async () => {
    expect(await upgrade({ cookie, origin: FOREIGN })).toBe(403)
    expect(await upgrade({ cookie })).toBe(403)
    expect(await upgrade({ cookie, origin: ALLOWED_ORIGIN })).toBe('open')
    expect(await upgrade({})).toBe('open')
  })

  test('another site cannot change anything with the cookie, and nothing happens', async () => {
    const change = (headers: Record<string, string>) => mutate(api.url, 'orgs.create', { name: 'Stolen', slug: 'stolen' }, { cookie, ...headers })
    for (const headers of [{ origin: FOREIGN }, { origin: 'null' }, {}]) {
      const answer = await change(headers)
      expect([answer.status, codeOf(answer)]).toEqual([403, 'auth.origin'])
    }
    for (const path of ['/api/v1/documents', '/api/v1/uploads']) {
      const answer = await fetch(api.url + path, { method: 'POST', body: 'x', headers: { cookie, origin: FOREIGN, 'x-intellidocs-org': 'main', 'x-file-name': 'x.txt' } })
      expect(answer.status).toBe(403)
    }
    expect(await api.database.database.run({ kind: 'identity' }, (tx) => tx.org.count({ where: { slug: 'stolen' } }))).toBe(0)
  })

  test('the own origin, the header that needs a preflight, and a bearer token may', async () => {
    const change = async (slug: string, headers: Record<string, string>) => (await mutate(api.url, 'orgs.create', { name: 'Fine', slug }, headers)).status
    expect(await change('fine-1', { cookie, origin: ALLOWED_ORIGIN })).toBe(200)
    expect(await change('fine-2', { cookie, 'x-intellidocs-csrf': '1' })).toBe(200)
    expect(await change('fine-3', { ...(await signIn(api.url)), origin: FOREIGN })).toBe(200)
  })

  test('another site cannot sign its visitor in', async () => {
    const answer = await mutate(api.url, 'auth.signIn', ADMIN, { origin: FOREIGN })
    expect([codeOf(answer), answer.headers.get('set-cookie')]).toEqual(['auth.origin', null])
  })

  test('only allowed origins may read answers', async () => {
    const preflight = (origin: string) => fetch(`${api.url}/trpc/auth.me`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
    expect((await preflight(ALLOWED_ORIGIN)).headers.get('access-control-allow-origin')).toBe(ALLOWED_ORIGIN)
    expect((await preflight(FOREIGN)).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('limits', () => {
  test('a batch of twenty is answered and one of twenty-one is refused', async () => {
    const headers = await signIn(api.url)
    const batch = (n: number) => get(`${api.url}/trpc/${Array.from({ length: n }, () => 'auth.me').join(',')}?batch=1&input=%7B%7D`, headers)
    expect((await batch(20)).body).toHaveLength(20)
    const refused = await batch(21)
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toContain('input.invalid')
  })

  test('a call of more than a megabyte is refused', async () => {
    const answer = await mutate(api.url, 'orgs.create', { name: 'x'.repeat(1_100_000), slug: 'big' }, await signIn(api.url))
    expect([answer.status, codeOf(answer)]).toEqual([413, 'input.too_large'])
  })

  test('a message of more than 64 KiB ends its socket', async () => {
    const headers = await signIn(api.url)
    const socket = await openSocket({ token: headers['authorization']?.slice(7) ?? '', org: 'main' })
    socket.send('x'.repeat(65 * 1024))
    const [code] = await once(socket, 'close') as [number]
    expect(code).toBe(1009)
  })

  test('guessing one account is slowed down, and other accounts are not', async () => {
    const guess = (email: string) => mutate(api.url, 'auth.signIn', { email, password: 'wrong password' })
    for (let n = 0; n < limits.attempts.signIn.pair.points; n += 1) expect(codeOf(await guess('victim@example.test'))).toBe('auth.invalid_credentials')
    expect(codeOf(await guess('victim@example.test'))).toBe('rate.limited')
    expect(codeOf(await guess('other@example.test'))).toBe('auth.invalid_credentials')
  })

  test('rate limits count the calls of a batch, not requests', async () => {
    const small = await startTestApi({ rateLimits: { ...limits, actor: { points: 30, seconds: 60 } } })
    try {
      const headers = await signIn(small.url)
      const batch = async (n: number) => (await get(`${small.url}/trpc/${Array.from({ length: n }, () => 'auth.me').join(',')}?batch=1&input=%7B%7D`, headers)).body as { error?: { data: { appCode: string } } }[]
      expect((await batch(20)).filter(({ error }) => error === undefined)).toHaveLength(20)
      const second = await batch(20)
      expect(second.filter(({ error }) => error === undefined)).toHaveLength(10)
      expect(second.filter(({ error }) => error?.data.appCode === 'rate.limited')).toHaveLength(10)
    } finally {
      await small.close()
    }
  })
})

describe('errors', () => {
  test('carry a code and an id, never a stack or a text of ours', async () => {
    const headers = await signIn(api.url)
    const answers = await Promise.all([
      query(api.url, 'no.such.procedure'), query(api.url, 'auth.me'), mutate(api.url, 'orgs.create', { name: 1, slug: 'x', isAdmin: 'true' }, headers),
      get(`${api.url}/nothing/here`), get(`${api.url}/api/v1/documents/not-an-id/content`, headers), get(`${api.url}/api/v1/documents/not-an-id/content`),
      fetch(`${api.url}/trpc/orgs.create`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: '{broken' })
        .then(async (res) => ({ status: res.status, headers: res.headers, body: await res.json() })),
    ])
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      const text = JSON.stringify(answer.body)
      expect(text).toMatch(/"(appCode|code)":"[a-z_]+\.[a-z_]+"/)
      expect(text).not.toMatch(/stack|node_modules|\.ts:|at Object/)
    }
  })

  test('unknown keys and wrong types are refused', async () => {
    const answer = await mutate(api.url, 'orgs.create', { name: 'X', slug: 'x', platformAdmin: true }, await signIn(api.url))
    expect([answer.status, codeOf(answer)]).toEqual([400, 'input.invalid'])
  })
})

describe('sockets', () => {
  test('a call over a socket acts as the token of its connection parameters', async () => {
    const headers = await signIn(api.url)
    const socket = await openSocket({ token: headers['authorization']?.slice(7) ?? '', org: 'main' })
    const answer = await callOver(socket, { id: 1, method: 'query', params: { path: 'auth.me' } })
    expect(answer.result?.data).toMatchObject({ role: 'owner' })
    socket.terminate()
  })

  test('signing out closes the sockets of the session', async () => {
    const headers = await signIn(api.url)
    const socket = await openSocket({ token: headers['authorization']?.slice(7) ?? '', org: 'main' })
    await callOver(socket, { id: 1, method: 'query', params: { path: 'auth.me' } })
    const closed = once(socket, 'close')
    await mutate(api.url, 'auth.signOut', undefined, headers)
    expect((await closed)[0]).toBe(4401)
  })

  test('a changed role closes the sockets that were opened with the old one', async () => {
    const headers = await signIn(api.url)
    const org = data<{ id: string }>(await mutate(api.url, 'orgs.create', { name: 'Roles', slug: 'roles' }, headers))
    const { user } = data<{ user: { id: string } }>(await query(api.url, 'auth.me', undefined, headers))
    const socket = await openSocket({ token: headers['authorization']?.slice(7) ?? '', org: 'roles' })
    await callOver(socket, { id: 1, method: 'query', params: { path: 'orgs.get' } })
    const closed = once(socket, 'close')
    await api.database.database.run({ kind: 'tenant', orgId: org.id, userId: user.id }, (tx) => tx.membership.updateMany({ where: { userId: user.id }, data: { role: 'viewer' } }))
    expect((await closed)[0]).toBe(4401)
  })
})

describe('operators', () => {
  test('health and readiness answer, name what is away, and hold no secrets', async () => {
    expect((await get(`${api.url}/healthz`)).body).toEqual({ alive: true })
    const ready = await get(`${api.url}/readyz`)
    expect(ready.status).toBe(200)
    expect(ready.body).toMatchObject({ ready: true, degraded: ['temporal', 'meaning'], checks: { database: { ok: true }, blobs: { ok: true }, temporal: { ok: false } } })
    expect(JSON.stringify(ready.body)).not.toMatch(/127\.0\.0\.1|postgres/)
  })

  test('metrics are for this machine, not for what a proxy forwards', async () => {
    expect((await get(`${api.url}/metrics`)).body).toContain('intellidocs_http_request_seconds_bucket')
    expect((await get(`${api.url}/metrics`, { 'x-forwarded-for': '203.0.113.9' })).status).toBe(404)
  })

  test('no password, token or cookie was logged', async () => {
    const headers = await signIn(api.url)
    const log = api.logLines.join('\n')
    for (const secret of [ADMIN.password, headers['authorization']?.slice(7) ?? 'none', cookie.split('=')[1] ?? 'none']) expect(log).not.toContain(secret)
  })

  test.each([
    ['says nothing', ''],
    ['never finishes its headers', 'GET /healthz HTTP/1.1\r\nhost: x\r\n'],
    ['drips the body of a call', 'POST /trpc/auth.signIn HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'],
    ['drips an upload', `POST /api/v1/documents HTTP/1.1\r\nhost: x\r\nx-file-name: a\r\ncontent-length: 100000\r\n\r\n{`],
  ])('a connection that %s is closed', async (_what, bytes) => {
    const { hostname, port } = new URL(api.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined).resume()
    if (bytes !== '') socket.write(bytes)
    await once(socket, 'close')
  })
})
