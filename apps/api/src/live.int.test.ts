import { createConnection } from 'node:net'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { LiveEvent } from '@intellidocs/contracts'
import { data, mutate, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
let headers: Record<string, string>
let closed = false
beforeEach(async () => {
  closed = false
  api = await startTestApi()
  headers = await signIn(api.url)
})
afterEach(async () => { if (!closed) await api.close() })

type Message = { id: number | null; result?: { type?: string; id?: string; data?: { id: string; data: LiveEvent | null } }; error?: { data: { appCode: string } } }

type Listener = { socket: WebSocket; events: LiveEvent[]; errors: string[]; opening: Promise<string> }

/** A socket that listens to the events of an organization and collects what comes. */
async function listen(org: string, lastEventId?: string): Promise<Listener> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
  const events: LiveEvent[] = []
  const errors: string[] = []
  const [started, opening] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
  socket.on('message', (raw: Buffer) => {
    const { result, error } = JSON.parse(raw.toString()) as Message
    if (result?.type === 'started') started.resolve()
    if (result?.type === 'data' && result.data !== undefined) {
      if (result.data.data === null) opening.resolve(result.data.id)
      else events.push(result.data.data)
    }
    if (error !== undefined) errors.push(error.data.appCode)
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token: headers['authorization']?.slice(7) ?? '', org } }))
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'notifications.stream', ...(lastEventId === undefined ? {} : { lastEventId }) } }))
  await started.promise
  return { socket, events, errors, opening: opening.promise }
}

async function upload(name: string): Promise<string> {
  const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: name, headers: { ...headers, 'x-file-name': name } })
  expect(response.status).toBe(201)
  return ((await response.json()) as { document: { id: string } }).document.id
}

const idsOf = (events: LiveEvent[]) => events.filter(({ type }) => type === 'documents.uploaded.v1').map(({ documentId }) => documentId as string | null)

describe('live events', () => {
  test('an upload is told to its organization, and to no other', async () => {
    data(await mutate(api.url, 'orgs.create', { name: 'Other', slug: 'other' }, headers))
    const [here, there] = await Promise.all([listen('main'), listen('other')])
    const document = await upload('told.txt')
    await expect.poll(() => idsOf(here.events), { timeout: 10_000 }).toEqual([document])
    expect(there.events.filter(({ documentId }) => documentId !== null)).toEqual([])
    expect([...here.errors, ...there.errors]).toEqual([])
  })

  test('a listener that comes back hears what it missed, once each and in order', async () => {
    const first = await listen('main')
    const before = await upload('0.txt')
    await expect.poll(() => idsOf(first.events), { timeout: 10_000 }).toEqual([before])
    const last = first.events.at(-1)?.id ?? ''
    first.socket.terminate()
    const missed: string[] = []
    for (let n = 1; n <= 5; n += 1) missed.push(await upload(`${n}.txt`))
    const again = await listen('main', last)
    const live = await upload('6.txt')
    await expect.poll(() => idsOf(again.events), { timeout: 10_000 }).toEqual([...missed, live])
  })

  test('a listener cut off before its first event hears on its return what happened meanwhile', async () => {
    await upload('long-before.txt')
    const first = await listen('main')
    const opening = await first.opening
    first.socket.terminate()
    const missed = await upload('missed.txt')
    const again = await listen('main', opening)
    await expect.poll(() => idsOf(again.events), { timeout: 10_000 }).toContain(missed)
  })

  test('signing out ends the stream, and nothing is told after', async () => {
    const listener = await listen('main')
    const gone = once(listener.socket, 'close')
    await mutate(api.url, 'auth.signOut', undefined, headers)
    await gone
    headers = await signIn(api.url)
    const before = listener.events.length
    await upload('after.txt')
    expect(listener.events).toHaveLength(before)
  })
})

describe('shutting down', () => {
  test('sockets are told to come back, running requests end well, and nothing new is taken', async () => {
    const { socket } = await listen('main')
    const { hostname, port } = new URL(api.url)
    const running = createConnection(Number(port), hostname)
    const answer: Buffer[] = []
    running.on('data', (chunk: Buffer) => answer.push(chunk)).on('error', () => undefined)
    const body = 'x'.repeat(20_000)
    const lines = Object.entries({ ...headers, 'x-file-name': 'slow.txt', 'content-length': String(body.length), host: 'x' }).map(([name, value]) => `${name}: ${value}`)
    running.write(`POST /api/v1/documents HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body.slice(0, 10_000)}`)
    await expect.poll(() => readdir(join(api.dataDir, 'blobs', 'tmp')).catch(() => []), { timeout: 20_000 }).toHaveLength(1)
    const ended = once(running, 'close')
    const [closing, said] = [api.api.close(), once(socket, 'close')]
    expect((await said)[0]).toBe(1012)
    await expect(fetch(`${api.url}/healthz`)).rejects.toThrow()
    running.write(body.slice(10_000))
    await ended
    expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1\.1 201 /)
    await closing
    closed = true
    await api.database.close()
  })
})
