import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ADMIN, ALLOWED_ORIGIN, codeOf, data, mutate, query, signIn, startTestApi, type TestApi } from '../../apps/api/src/api.testkit.ts'
import { defaultRateLimits } from '../../apps/api/src/rate-limits.ts'

const FOREIGN = 'https://evil.example'
let api: TestApi
let headers: Record<string, string>
let cookie: string
beforeAll(async () => {
  api = await startTestApi()
  headers = await signIn(api.url)
  cookie = ((await mutate(api.url, 'auth.signIn', ADMIN, { origin: ALLOWED_ORIGIN })).headers.get('set-cookie') ?? '').split(';')[0] ?? ''
})
afterAll(async () => { await api?.close() })

const orgName = async (): Promise<string> => data<{ name: string }>(await query(api.url, 'orgs.get', undefined, headers)).name

/** The address exactly as it is written here, which `fetch` would tidy up. */
function raw(method: string, path: string, more: Record<string, string> = {}, body?: string): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(api.url)
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const sent = request({ hostname, port, method, path, headers: more }, (res) => {
    let text = ''
    res.setEncoding('utf8').on('data', (piece: string) => { text += piece }).on('end', () => resolve({ status: res.statusCode ?? 0, text }))
  })
  sent.on('error', reject).end(body)
  return promise
}

describe('a form of another site', () => {
  const form = new FormData()
  form.append('name', 'Stolen')
  // What a page can send without a preflight.
  const bodies: [string, () => { body: FormData | Blob | string; headers: Record<string, string> }][] = [
    ['multipart/form-data', () => ({ body: form, headers: {} })],
    ['application/x-www-form-urlencoded', () => ({ body: 'name=Stolen', headers: { 'content-type': 'application/x-www-form-urlencoded' } })],
    ['text/plain', () => ({ body: '{"name":"Stolen"}', headers: { 'content-type': 'text/plain' } })],
    ['application/octet-stream', () => ({ body: '{"name":"Stolen"}', headers: { 'content-type': 'application/octet-stream' } })],
    ['no type', () => ({ body: new Blob(['{"name":"Stolen"}']), headers: {} })],
  ]
  test.each(bodies)('of type %s changes nothing with the cookie, from a foreign origin, a hidden one or none', async (_, make) => {
    for (const origin of [{ origin: FOREIGN }, { origin: 'null' }, {}]) {
      const { body, headers: own } = make()
      const response = await fetch(`${api.url}/trpc/orgs.update`, { method: 'POST', body, headers: { ...own, ...origin, cookie, 'x-intellidocs-org': 'main' } })
      expect([response.status, (await response.json() as { error: { code: string } }).error.code]).toEqual([403, 'auth.origin'])
    }
    expect(await orgName()).toBe('Main')
  })

  test('changes nothing by a method of its own choosing', async () => {
    for (const method of ['GET', 'HEAD']) {
      await fetch(`${api.url}/trpc/orgs.update?input=${encodeURIComponent('{"name":"Stolen"}')}`, { method, headers: { cookie, 'x-intellidocs-org': 'main', 'x-http-method-override': 'POST' } })
    }
    expect(await orgName()).toBe('Main')
  })
})

test('a session that somebody else chose is not taken up by signing in', async () => {
  const planted = '__Host-intellidocs=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
  const answer = await mutate(api.url, 'auth.signIn', ADMIN, { origin: ALLOWED_ORIGIN, cookie: planted })
  const given = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  expect(given).toMatch(/^__Host-intellidocs=.{20,}/)
  expect(given).not.toBe(planted)
  expect((await query(api.url, 'auth.me', undefined, { cookie: planted })).status).toBe(401)
  expect((await query(api.url, 'auth.me', undefined, { cookie: given })).status).toBe(200)
})

describe('an address written otherwise', () => {
  const procedures = ['orgs.get', 'orgs%2Eget', 'orgs.get/', 'orgs.get.', 'orgs.get%00', 'orgs.get%20', 'ORGS.GET', 'orgs/get', '/orgs.get', './orgs.get', 'x/../orgs.get', 'x%2f..%2forgs.get', 'orgs.get%2f', 'orgs.get;x=1', '__proto__', 'constructor', 'toString']
  test.each(procedures)('/trpc/%s lets nobody in who is not signed in', async (path) => {
    const { status } = await raw('GET', `/trpc/${path}`, { 'x-intellidocs-org': 'main' })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })

  test.each(['/trpc/orgs%2Eupdate', '//trpc/orgs.update', '/trpc//orgs.update', '/TRPC/orgs.update', '/trpc/orgs.update/', '/trpc/orgs.update.', '/x/../trpc/orgs.update', '/trpc%2forgs.update'])(
    'POST %s changes nothing with the cookie from a foreign origin', async (path) => {
      const { status } = await raw('POST', path, { cookie, origin: FOREIGN, 'x-intellidocs-org': 'main', 'content-type': 'application/json' }, '{"name":"Stolen"}')
      expect(status).toBe(403)
      expect(await orgName()).toBe('Main')
    })

  test.each(['/metrics/', '/METRICS', '//metrics', '/%6detrics', '/healthz/../metrics', '/metrics%2f', '/metrics.'])('%s tells nothing to whom a proxy forwards', async (path) => {
    const { status, text } = await raw('GET', path, { 'x-forwarded-for': '203.0.113.9' })
    expect(status).toBe(404)
    expect(text).not.toContain('intellidocs_')
  })

  test.each(['/api/v1/documents/..%2f..%2fetc%2fpasswd/content', '/api/v1/documents//content', '/api/v1/documents/%00/content', '/api/v1/uploads/..%2f..%2fmain', '/api/v1/uploads/%2e%2e', '/api/v1/audit/export/'])(
    '%s is nothing to be read by nobody', async (path) => {
      const { status } = await raw('GET', path, { 'x-intellidocs-org': 'main' })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    })
})

describe('an address that the caller names', () => {
  const address = { points: 3, seconds: 60 }
  const few = { ...defaultRateLimits, attempts: { ...defaultRateLimits.attempts, signIn: { pair: address, account: { points: 1000, seconds: 60 }, address } } }
  const guess = (url: string, n: number) => mutate(url, 'auth.signIn', { email: `somebody-${n}@example.test`, password: 'a wrong one' }, { 'x-forwarded-for': `198.51.100.${n}` })

  test('is not believed without TRUST_PROXY: guesses under many names are guesses of one', async () => {
    const plain = await startTestApi({ rateLimits: few })
    try {
      for (let n = 1; n <= 3; n += 1) expect(codeOf(await guess(plain.url, n))).toBe('auth.invalid_credentials')
      expect(codeOf(await guess(plain.url, 4))).toBe('rate.limited')
    } finally {
      await plain.close()
    }
  })

  test('is believed of a proxy that TRUST_PROXY lists, and no further than it says itself', async () => {
    const behind = await startTestApi({ rateLimits: few, trustProxy: ['127.0.0.1'] })
    try {
      for (let n = 1; n <= 5; n += 1) expect(codeOf(await guess(behind.url, n))).toBe('auth.invalid_credentials')
      // The proxy adds the last one; what stands before it was written by the caller.
      const forged = (n: number) => mutate(behind.url, 'auth.signIn', { email: `other-${n}@example.test`, password: 'a wrong one' }, { 'x-forwarded-for': `192.0.2.${n}, 203.0.113.7` })
      for (let n = 1; n <= 3; n += 1) expect(codeOf(await forged(n))).toBe('auth.invalid_credentials')
      expect(codeOf(await forged(4))).toBe('rate.limited')
    } finally {
      await behind.close()
    }
  })
})

test.each(['expired', 'revoked'] as const)('the open socket of a key that is %s is closed', async (how) => {
  const { key, secret } = data<{ key: { id: string }; secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: how }, headers))
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token: secret, org: 'main' } }))
  socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'auth.me' } }))
  const [first] = await once(socket, 'message') as [Buffer]
  expect(first.toString()).toContain('"via":"apiKey"')
  const closed = once(socket, 'close')
  if (how === 'revoked') await mutate(api.url, 'users.apiKeys.revoke', { id: key.id }, headers)
  else await api.database.database.run({ kind: 'identity' }, (tx) => tx.apiKey.updateMany({ where: { id: key.id }, data: { expiresAt: new Date(0) } }))
  expect((await closed)[0]).toBe(4401)
})
