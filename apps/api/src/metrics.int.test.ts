import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, serveMetrics } from '@intellidocs/kernel'
import { WebSocket } from 'ws'
import { subscribersOf } from '@intellidocs/domain'
import { ADMIN, data, get, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
let headers: Record<string, string>
beforeAll(async () => {
  api = await startTestApi()
  headers = await signIn(api.url)
})
afterAll(() => api.close())

const read = async (): Promise<string> => String((await get(`${api.url}/metrics`)).body)
/** The value of one series of the reading. */
const valueOf = (text: string, series: string): number => Number(text.split('\n').find((line) => line.startsWith(`${series} `))?.split(' ').at(-1))

describe('the metrics of the API', () => {
  test('calls are counted by procedure and by the code they ended with, and routes by status', async () => {
    data(await query(api.url, 'auth.me', undefined, headers))
    await query(api.url, 'documents.get', { id: '0193a0f0-0000-7000-8000-000000000000' }, headers)
    await query(api.url, 'auth.me')
    const text = await read()
    expect(valueOf(text, 'intellidocs_procedure_seconds_count{procedure="auth.me",code="ok"}')).toBe(1)
    expect(valueOf(text, 'intellidocs_procedure_seconds_count{procedure="auth.me",code="auth.required"}')).toBe(1)
    expect(valueOf(text, 'intellidocs_procedure_seconds_count{procedure="documents.get",code="document.not_found"}')).toBe(1)
    expect(valueOf(text, 'intellidocs_http_request_seconds_count{route="trpc",status="404"}')).toBe(1)
  })

  test('a caller cannot make series or put anything into a label', async () => {
    const before = (await read()).split('\n').length
    const poison = 'po1son'
    for (let n = 0; n < 20; n += 1) {
      await query(api.url, `${poison}${n}.${poison}`, undefined, headers)
      await get(`${api.url}/${poison}/${n}?${poison}=1`, { [poison]: poison, 'x-intellidocs-org': `${poison}${n}` })
      await mutate(api.url, 'auth.signIn', { email: `${poison}${n}@example.test`, password: 'long enough', transport: 'token' })
    }
    const text = await read()
    expect(text).not.toContain(poison)
    // Two kinds of refusal appear for the first time; a series has a line for each bucket.
    expect(text.split('\n').length - before).toBeLessThan(60)
  })

  test('nothing that tells who the customers are is in a label', async () => {
    data(await mutate(api.url, 'documents.folders.create', { name: 'Secret merger', parentId: null }, headers))
    const org = data<{ items: { id: string }[] }>(await query(api.url, 'orgs.list', {}, headers)).items[0]?.id ?? ''
    const text = await read()
    for (const word of [ADMIN.email, 'Secret', 'merger', 'Main', org]) expect(text).not.toContain(word)
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
  })

  test('what waits is looked up at each reading', async () => {
    const listeners = subscribersOf(api.api.modules).filter(({ events }) => events.includes('documents.uploaded.v1')).length
    const before = await read()
    const upload = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: 'some words', headers: { ...headers, 'x-file-name': 'a.txt' } })
    expect(upload.status).toBe(201)
    const text = await read()
    expect(valueOf(before, 'intellidocs_documents_open{state="queued"}')).toBe(0)
    expect(valueOf(text, 'intellidocs_documents_open{state="queued"}')).toBe(1)
    expect(valueOf(text, 'intellidocs_documents_oldest_seconds{state="queued"}')).toBeGreaterThan(0)
    expect(valueOf(text, 'intellidocs_outbox_pending')).toBe(valueOf(before, 'intellidocs_outbox_pending') + listeners)
    expect(valueOf(text, 'intellidocs_analytics_uncounted')).toBe(valueOf(before, 'intellidocs_analytics_uncounted') + 1)
    expect(valueOf(text, 'intellidocs_analytics_oldest_seconds')).toBeGreaterThan(0)
    expect(['collect', 'build', 'forget', 'sweep'].map((work) => valueOf(text, `intellidocs_analytics_backlog{work="${work}"}`))).toEqual([0, 0, 0, 0])
    data(await mutate(api.url, 'analytics.settings.set', { zone: 'Europe/Lisbon' }, headers))
    expect(valueOf(await read(), 'intellidocs_analytics_backlog{work="build"}')).toBe(1)
    expect(valueOf(text, 'intellidocs_database_connections{state="idle"}')).toBeGreaterThan(0)
  })

  test('open sockets are counted, and closed ones by the reason', async () => {
    const open = async (): Promise<WebSocket> => {
      const socket = new WebSocket(`${api.url.replace('http', 'ws')}/trpc`)
      await once(socket, 'open')
      return socket
    }
    const [leaves, talks] = [await open(), await open()]
    expect(valueOf(await read(), 'intellidocs_websockets')).toBe(2)
    leaves.close()
    for (let n = 0; n < 700; n += 1) talks.send('x')
    await Promise.all([once(leaves, 'close'), once(talks, 'close')])
    await expect.poll(async () => valueOf(await read(), 'intellidocs_websockets')).toBe(0)
    const text = await read()
    expect(valueOf(text, 'intellidocs_websockets_closed_total{reason="left"}')).toBe(1)
    expect(valueOf(text, 'intellidocs_websockets_closed_total{reason="policy"}')).toBe(1)
  })
})

describe('the listener for Prometheus', () => {
  test('answers the metrics and nothing else', async () => {
    const port = await freePort()
    const server = await serveMetrics({ address: `127.0.0.1:${port}`, read: api.api.readMetrics })
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')])
    expect(await answer.text()).toContain('intellidocs_websockets')
    expect((await fetch(`http://127.0.0.1:${port}/trpc/auth.me`)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(404)
    await server.close()
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow()
  })

  test('takes the metrics away from the port that customers reach', async () => {
    const own = await startTestApi({ metricsAddress: '127.0.0.1:9464' })
    expect((await get(`${own.url}/metrics`)).status).toBe(404)
    await own.close()
  })
})
