import { once } from 'node:events'
import type { ErrorCode } from '@intellidocs/contracts'
import { WebSocket } from 'ws'
import type { ByteRequest } from './bytes.ts'
import type { Caller } from './house.ts'

export type Kind = 'query' | 'mutation' | 'subscription'
/** How a call ended: `ok` or the code of the refusal, and all that the caller learned, without the id of the request and times of clocks. */
export type Answer = { readonly code: ErrorCode | 'ok' | 'nothing'; readonly text: string }
export type Call = { readonly path: string; readonly kind: Kind; readonly input: unknown }

/** As many calls as a request may hold. */
const BATCH = 20

type Body = { result?: { data?: unknown; type?: string }; error?: { data?: { appCode?: ErrorCode; requestId?: unknown } } }

const CHANGING = new Set(['requestId', 'tookMs', 'stack', 'queryId'])
/** What two answers are compared by. */
export const textOf = (body: unknown): string => JSON.stringify(body, (key, value: unknown) => (CHANGING.has(key) ? undefined : value)) ?? ''

function answerOf(body: Body): Answer {
  if (body.error !== undefined) return { code: body.error.data?.appCode ?? 'nothing', text: textOf(body.error) }
  return { code: body.result === undefined ? 'nothing' : 'ok', text: textOf(body.result?.data) }
}

const chunks = <T>(all: readonly T[], size: number): T[][] => Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size))

async function post(url: string, caller: Caller, calls: readonly Call[]): Promise<Body[]> {
  const paths = calls.map(({ path }) => path).join(',')
  const inputs = JSON.stringify(Object.fromEntries(calls.map(({ input }, n) => [n, input])))
  const isQuery = calls[0]?.kind === 'query'
  const response = await fetch(`${url}/trpc/${paths}?batch=1${isQuery ? `&input=${encodeURIComponent(inputs)}` : ''}`, {
    method: isQuery ? 'GET' : 'POST', headers: { ...caller.headers, ...(isQuery ? {} : { 'content-type': 'application/json' }) }, ...(isQuery ? {} : { body: inputs }),
  })
  const body: unknown = await response.json()
  if (!Array.isArray(body)) throw new Error(`a batch of ${paths} was answered with ${textOf(body)}`)
  return body as Body[]
}

/** A subscription over HTTP: refused with a body, or a stream that is left after its first words. */
async function listen(url: string, caller: Caller, { path, input }: Call): Promise<Answer> {
  const leaving = new AbortController()
  const response = await fetch(`${url}/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, {
    headers: { ...caller.headers, accept: 'text/event-stream' }, signal: leaving.signal,
  })
  if ((response.headers.get('content-type') ?? '').includes('json')) return answerOf(await response.json() as Body)
  const { value } = await response.body?.getReader().read() ?? { value: undefined }
  leaving.abort()
  const text = new TextDecoder().decode(value)
  const refused = /event: serialized-error\ndata: (.*)/.exec(text)?.[1]
  return refused === undefined ? { code: 'ok', text: '' } : answerOf({ error: JSON.parse(refused) as NonNullable<Body['error']> })
}

/** Over HTTP, in batches. `alone`: each in a request of its own, where a call that is alone is treated otherwise. */
export async function askHttp(url: string, { caller, calls, alone }: { caller: Caller; calls: readonly Call[]; alone: boolean }): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const chunk of chunks(calls, alone ? 1 : BATCH)) {
    const [first] = chunk
    if (first?.kind === 'subscription') for (const call of chunk) answers.push(await listen(url, caller, call))
    else answers.push(...(await post(url, caller, chunk)).map(answerOf))
  }
  return answers
}

/** The routes of bytes, one after the other. What is downloaded is all text here. */
export async function askBytes(url: string, caller: Caller, requests: readonly ByteRequest[]): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const { method, path, headers, body } of requests) {
    const response = await fetch(url + path, { method, headers: { ...caller.headers, ...headers }, ...(body === undefined ? {} : { body }) })
    const text = await response.text()
    if (response.ok) answers.push({ code: 'ok', text })
    // A page for people, of which there is one for all that a link does not open.
    else if (text.startsWith('<!doctype html>')) answers.push({ code: response.status !== 404 ? 'nothing' : path.startsWith('/r/') ? 'upload_link.closed' : 'share.not_found', text })
    // What the protocol of uploads refuses itself it says in words of its own.
    else if (!text.startsWith('{')) answers.push({ code: response.status === 404 ? 'upload.not_found' : 'nothing', text })
    else {
      const { error } = JSON.parse(text) as { error: { code: ErrorCode } }
      answers.push({ code: error.code, text: textOf(error) })
    }
  }
  return answers
}

type Message = Body & { id: number }

/** Over one websocket that the caller opens for these calls; subscriptions are stopped as soon as they have begun. */
export async function askSocket(url: string, { caller, calls }: { caller: Caller; calls: readonly Call[] }): Promise<Answer[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc?connectionParams=1`)
  await once(socket, 'open')
  const params = { org: caller.headers['x-intellidocs-org'], ...(caller.token === null ? {} : { token: caller.token }) }
  socket.send(JSON.stringify({ method: 'connectionParams', data: params }))
  const answers = new Map<number, Answer>()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.on('close', (code) => reject(new Error(`the socket of ${caller.who.name} was closed with ${code} at ${calls[0]?.path ?? ''}`)))
  socket.on('message', (raw: Buffer) => {
    for (const message of [JSON.parse(raw.toString()) as Message | Message[]].flat()) {
      if (!answers.has(message.id)) answers.set(message.id, answerOf(message))
      if (message.result?.type === 'started') socket.send(JSON.stringify({ id: message.id, method: 'subscription.stop' }))
    }
    if (answers.size === calls.length) resolve()
  })
  for (const [at, chunk] of chunks(calls, BATCH).entries()) {
    socket.send(JSON.stringify(chunk.map(({ path, kind, input }, n) => ({ id: at * BATCH + n + 1, method: kind, params: { path, ...(input === undefined ? {} : { input }) } }))))
  }
  if (calls.length > 0) await promise
  socket.removeAllListeners('close')
  socket.terminate()
  return calls.map((_, n) => answers.get(n + 1) ?? { code: 'nothing', text: '' })
}
