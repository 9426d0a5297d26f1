import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DocumentId, LiveEvent } from '@intellidocs/contracts'
import { createIntelliDocsClient, IntelliDocsError, type IntelliDocsClient, type LiveState, type ResumeStore } from './index.ts'
import { startTestServer, type TestServer } from './server.testkit.ts'

let server: TestServer
let client: IntelliDocsClient
beforeEach(async () => {
  server = await startTestServer()
  client = createIntelliDocsClient({ url: `${server.url}/`, token: 'good', org: 'acme' })
})
afterEach(async () => {
  await client.close()
  await server.close()
})

const failureOf = async (work: Promise<unknown>): Promise<IntelliDocsError> => {
  const thrown: unknown = await work.then(() => null, (error: unknown) => error)
  if (thrown instanceof IntelliDocsError) return thrown
  throw new Error('expected an IntelliDocsError', { cause: thrown })
}
const someDocument = '0193a0f0-0000-7000-8000-000000000000' as DocumentId

describe('calls', () => {
  test('carry the token and the organization', async () => {
    expect(await client.api.auth.me.query()).toEqual({ token: 'good', org: 'acme' })
  })

  test('the token is asked for at each request, so that a renewed one is used', async () => {
    let token = 'old'
    const renewing = createIntelliDocsClient({ url: server.url, token: async () => token })
    expect(await failureOf(renewing.api.auth.me.query())).toMatchObject({ code: 'UNAUTHORIZED' })
    token = 'good'
    await expect(renewing.api.auth.me.query()).resolves.toMatchObject({ token: 'good' })
  })

  test('a refusal is an IntelliDocsError with the code of the table, the id in the log and the sentence for people', async () => {
    const error = await failureOf(client.api.documents.get.query({ id: someDocument }))
    expect(error).toMatchObject({
      name: 'IntelliDocsError', code: 'NOT_FOUND', appCode: 'document.not_found', requestId: 'req-1', message: 'There is no such document.',
    })
    expect(error.retryable).toBe(false)
  })

  test('a server that is away is UNREACHABLE, named, and worth trying again', async () => {
    const away = createIntelliDocsClient({ url: 'http://127.0.0.1:1', token: 'good' })
    const error = await failureOf(away.api.auth.me.query())
    const message = 'The server at http://127.0.0.1:1 did not answer.'
    expect(error).toMatchObject({ code: 'UNREACHABLE', appCode: null, requestId: null, message, retryable: true })
  })

  test('an aborted call is ABORTED', async () => {
    expect(await failureOf(client.api.auth.me.query(undefined, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'ABORTED' })
  })

  test('fifty calls at once go out in requests of at most twenty', async () => {
    const sizes: number[] = []
    const counting = createIntelliDocsClient({
      url: server.url, token: 'good',
      fetch: (input, init) => {
        if (typeof input === 'string') sizes.push(new URL(input).pathname.split(',').length)
        return fetch(input, init)
      },
    })
    await Promise.all(Array.from({ length: 50 }, () => counting.api.auth.me.query()))
    expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(50)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20)
  })
})

describe('live events', () => {
  const numbersOf = (events: LiveEvent[]) => events.map((event) => event.payload['n'])

  test('none is lost and none comes twice across dropped connections', async () => {
    const [events, states] = [[] as LiveEvent[], [] as LiveState[]]
    const live = client.live({ onEvent: (event) => events.push(event), onState: (state) => states.push(state) })
    await vi.waitFor(() => { expect(states).toContain('live') }, 20_000)
    for (let round = 1; round <= 3; round++) {
      server.publish()
      await vi.waitFor(() => { expect(numbersOf(events)).toHaveLength(2 * round - 1) }, 20_000)
      server.dropSockets()
      server.publish() // while nobody is connected
      await vi.waitFor(() => { expect(numbersOf(events)).toHaveLength(2 * round) }, 10_000)
    }
    expect(numbersOf(events)).toEqual([1, 2, 3, 4, 5, 6])
    expect(states.slice(0, 3)).toEqual(['connecting', 'live', 'connecting'])
    expect(live.lastEventId).toBe('6')
    live.close()
  })

  test('what happens between a connection cut before its first event and the next one is told', async () => {
    const [events, live] = [[] as LiveEvent[], Promise.withResolvers<void>()]
    const listening = client.live({ onEvent: (event) => events.push(event), onState: (state) => { if (state === 'live') live.resolve() } })
    await live.promise
    await vi.waitFor(() => { expect(listening.lastEventId).toBe('0') }, 20_000)
    server.dropSockets()
    server.publish() // while nobody is connected
    await vi.waitFor(() => { expect(numbersOf(events)).toEqual([1]) }, 10_000)
    listening.close()
  })

  test('another process goes on behind the last event of the first', async () => {
    for (let i = 0; i < 5; i++) server.publish()
    const events: LiveEvent[] = []
    const live = client.live({ lastEventId: '2', onEvent: (event) => events.push(event) })
    await vi.waitFor(() => { expect(numbersOf(events)).toEqual([3, 4, 5]) }, 20_000)
    live.close()
  })

  test('a refused stream ends with the reason instead of knocking for ever', async () => {
    const refused = createIntelliDocsClient({ url: server.url, token: 'bad' })
    const ends: [LiveState, IntelliDocsError | undefined][] = []
    refused.live({ onEvent: () => undefined, onState: (state, error) => ends.push([state, error]) })
    await vi.waitFor(() => { expect(ends.at(-1)).toMatchObject(['closed', { code: 'UNAUTHORIZED' }]) }, 20_000)
    await refused.close()
  })

  test('after close no event arrives and the connection is let go', async () => {
    const events: LiveEvent[] = []
    const states: LiveState[] = []
    const live = client.live({ onEvent: (event) => events.push(event), onState: (state) => states.push(state) })
    await vi.waitFor(() => { expect(states).toContain('live') }, 20_000)
    live.close()
    server.publish()
    await client.close()
    await vi.waitFor(() => { expect(server.sockets()).toBe(0) }, 20_000)
    expect(events).toEqual([])
    expect(states.at(-1)).toBe('closed')
  })
})

describe('uploads', () => {
  const memoryStore = (): ResumeStore & { entries: Map<string, string> } => {
    const entries = new Map<string, string>()
    return {
      entries, get: async (key) => entries.get(key) ?? null,
      set: async (key, url) => { entries.set(key, url) }, delete: async (key) => { entries.delete(key) },
    }
  }
  const theUpload = () => [...server.uploads.values()].at(-1)!

  test('a small file is one request that carries name, folder and key', async () => {
    const steps: number[][] = []
    const answer = await client.upload(randomBytes(1000), {
      name: 'Prüfbericht №7 ☂.pdf', folderId: 'folder-1', idempotencyKey: 'key-1', onProgress: (...step) => steps.push(step),
    })
    expect(answer).toMatchObject({ document: { id: 'doc-1' }, created: true })
    expect(server.seen).toHaveLength(1)
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/documents', bytes: 1000 })
    expect(server.seen[0]?.headers).toMatchObject({
      'x-file-name': `UTF-8''${encodeURIComponent('Prüfbericht №7 ☂.pdf')}`,
      'x-folder-id': 'folder-1', 'idempotency-key': 'key-1', 'x-intellidocs-org': 'acme',
    })
    expect(steps).toEqual([[0, 1000], [1000, 1000]])
  })

  test('a stream is sent as it comes', async () => {
    const answer = await client.upload(new Blob([randomBytes(300_000)]).stream(), { name: 'stream.bin' })
    expect(answer.document.size).toBe(300_000)
  })

  test('a large file survives cut connections and arrives byte for byte', { timeout: 60_000 }, async () => {
    const bytes = randomBytes(20 * 1024 * 1024)
    server.cutAfter = [1_000_000, 3_000_000]
    const answer = await client.upload(bytes, { name: 'large.bin', folderId: 'folder-1', idempotencyKey: 'key-2' })
    expect(answer).toEqual({ document: { id: 'doc-1', size: bytes.length }, duplicateOf: null, created: true })
    expect(server.uploads.size).toBe(1)
    expect(bytes.equals(theUpload().bytes)).toBe(true)
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const metadata = { filename: 'large.bin', folderId: 'folder-1', idempotencyKey: 'key-2' }
    expect(theUpload().metadata.split(',')).toEqual(Object.entries(metadata).map(([key, value]) => `${key} ${base64(value)}`))
  })

  test('an upload that was stopped goes on where it was, in another client', { timeout: 60_000 }, async () => {
    const [bytes, resumeStore, stop] = [randomBytes(20 * 1024 * 1024), memoryStore(), new AbortController()]
    const options = { name: 'large.bin', idempotencyKey: 'key-3', resumeStore }
    const first = client.upload(bytes, { ...options, signal: stop.signal, onProgress: (sent) => { if (sent > 9_000_000) stop.abort() } })
    expect(await failureOf(first)).toMatchObject({ code: 'ABORTED' })
    const had = theUpload().bytes.length
    expect(had).toBeGreaterThan(0)
    const steps: number[] = []
    const other = createIntelliDocsClient({ url: server.url, token: 'good', org: 'acme' })
    await other.upload(bytes, { ...options, onProgress: (sent) => steps.push(sent) })
    expect(server.uploads.size).toBe(1)
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(8 * 1024 * 1024)
    expect(bytes.equals(theUpload().bytes)).toBe(true)
    expect(resumeStore.entries.size).toBe(0)
  })

  test('an upload whose last answer was lost is asked for it, not sent again', async () => {
    const [bytes, resumeStore] = [randomBytes(17 * 1024 * 1024), memoryStore()]
    server.loseLastAnswer = true
    const answer = await client.upload(bytes, { name: 'large.bin', idempotencyKey: 'key-4', resumeStore })
    expect(answer).toEqual({ document: { id: 'doc-1', size: bytes.length }, duplicateOf: null, created: true })
    expect(server.uploads.size).toBe(1)
  })

  test('an upload that the server has forgotten starts afresh', async () => {
    const resumeStore = memoryStore()
    resumeStore.entries.set(`${server.url} acme key-5`, `${server.url}/api/v1/uploads/gone`)
    const answer = await client.upload(randomBytes(100), { name: 'a.bin', idempotencyKey: 'key-5', resumeStore, resumableFrom: 1 })
    expect(answer.document.size).toBe(100)
  })

  test.each([['at once', undefined], ['resumably', 1]])('a refusal is the same error when sent %s', async (_, resumableFrom) => {
    const refused = createIntelliDocsClient({ url: server.url, token: 'bad' })
    const error = await failureOf(refused.upload(randomBytes(10), { name: 'a', resumableFrom }))
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', appCode: 'auth.required', requestId: 'req-2' })
  })
})

describe('downloads', () => {
  test('give the bytes of the version asked for', async () => {
    const { stream, size, mime } = await client.download('doc-1', { version: 2 })
    expect(await new Response(stream).text()).toBe('hello')
    expect({ size, mime }).toEqual({ size: 5, mime: 'text/plain' })
  })

  test('give the form asked for', async () => {
    const { stream, mime } = await client.download('doc-1', { version: 2, form: 'searchable-pdf' })
    expect([await new Response(stream).text(), mime]).toEqual(['%PDF-', 'application/pdf'])
  })

  test("a proxy's error page becomes its status and does not reach the caller's screen", async () => {
    const error = await failureOf(client.download(someDocument))
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', appCode: null, message: 'The server answered 502.', retryable: true })
  })
})

test('nothing that the index imports needs Node', async () => {
  const folder = new URL('.', import.meta.url)
  const names = (await readdir(folder)).filter((name) => !/^node\.|test|testkit/.test(name))
  expect(names).toContain('upload.ts')
  for (const name of names) {
    expect(`${name}: ${await readFile(new URL(name, folder), 'utf8')}`).not.toMatch(/from '(node:|\.\/node\.ts)|\bprocess\.env|\bBuffer\b/)
  }
})
