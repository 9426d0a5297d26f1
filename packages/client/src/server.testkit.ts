import { randomUUID } from 'node:crypto'
import { EventEmitter, on } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { initTRPC, tracked, TRPCError } from '@trpc/server'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { WebSocketServer } from 'ws'

type Context = { token: string | undefined; org: string | undefined }
type TestEvent = { id: string; type: string; at: string; actorId: string; documentId: null; payload: { n: number } }

/** The API as far as the client sees it: error form, live events that resume, both kinds of upload. What it was asked is in `seen`. */
export type TestServer = {
  readonly url: string
  readonly seen: { method: string; path: string; headers: IncomingMessage['headers']; bytes: number }[]
  readonly uploads: Map<string, { bytes: Buffer; size: number; metadata: string; done: boolean }>
  publish(): void
  /** Cuts every websocket, as a lost network does. */
  dropSockets(): void
  sockets(): number
  /** What the next PATCHes do: take so many bytes and then cut the connection. */
  cutAfter: number[]
  /** The answer of a last PATCH is lost on its way. */
  loseLastAnswer: boolean
  close(): Promise<void>
}

function createRouter(bus: EventEmitter, log: TestEvent[]) {
  const t = initTRPC.context<Context>().create({
    isDev: false,
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      data: { code: error.code, httpStatus: shape.data.httpStatus, path: null, appCode: 'document.not_found', requestId: 'req-1', details: null },
    }),
  })
  const known = t.procedure.use(({ ctx, next }) => {
    if (ctx.token !== 'good') throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in, or send an API key.' })
    return next()
  })
  return t.router({
    auth: t.router({ me: known.query(({ ctx }) => ctx) }),
    documents: t.router({
      get: known.query((): never => { throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such document.' }) }),
    }),
    notifications: t.router({
      stream: known.input((value) => value as { lastEventId?: string } | undefined).subscription(async function* ({ input, signal }) {
        const live = on(bus, 'event', signal ? { signal } : {})
        let last = input?.lastEventId === undefined ? log.length : Number(input.lastEventId)
        if (input?.lastEventId === undefined) yield tracked(String(last), null)
        for (const event of log.slice(last)) { last = Number(event.id); yield tracked(event.id, event) }
        for await (const [event] of live as AsyncIterable<[TestEvent]>) {
          if (Number(event.id) > last) { last = Number(event.id); yield tracked(event.id, event) }
        }
      }),
    }),
  })
}

const bearer = (header: string | undefined) => header?.replace(/^Bearer /, '')
const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

export async function startTestServer(): Promise<TestServer> {
  const [bus, log] = [new EventEmitter(), [] as TestEvent[]]
  const state: State = { seen: [], uploads: new Map(), cutAfter: [], loseLastAnswer: false }
  const router = createRouter(bus, log)
  const trpc = createHTTPHandler({
    router, basePath: '/trpc/',
    createContext: ({ req }) => ({ token: bearer(req.headers.authorization), org: first(req.headers['x-intellidocs-org']) }),
  })
  const server: Server = createServer((req, res) => {
    if (req.url?.startsWith('/trpc')) return trpc(req, res)
    return void answerBytes(state, req, res).catch(() => res.destroy())
  })
  const wss = new WebSocketServer({ server, path: '/trpc' })
  applyWSSHandler({ wss, router, createContext: ({ info }) => ({ token: info.connectionParams?.['token'], org: info.connectionParams?.['org'] }) })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return Object.assign(state, {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    publish() {
      const event = { id: String(log.length + 1), type: 'documents.ready.v1', at: '', actorId: '', documentId: null, payload: { n: log.length + 1 } }
      log.push(event)
      bus.emit('event', event)
    },
    dropSockets: () => { for (const socket of wss.clients) socket.terminate() },
    sockets: () => wss.clients.size,
    async close() {
      for (const socket of wss.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

type State = Pick<TestServer, 'seen' | 'uploads' | 'cutAfter' | 'loseLastAnswer'>

export const answerFor = (bytes: number) => ({ document: { id: 'doc-1', size: bytes }, duplicateOf: null, created: true })

async function answerBytes(state: State, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const seen = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, bytes: 0 }
  state.seen.push(seen)
  const json = (status: number, body: unknown) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (req.headers.authorization !== 'Bearer good') {
    req.resume()
    json(401, { error: { code: 'auth.required', message: 'Sign in, or send an API key.', requestId: 'req-2', details: null } })
  } else if (req.url === '/api/v1/documents') {
    seen.bytes = (await buffer(req)).length
    json(201, answerFor(seen.bytes))
  } else if (req.url?.startsWith('/api/v1/uploads')) {
    await answerTus(state, req, res)
  } else if (req.url === '/api/v1/documents/doc-1/content?version=2') {
    res.writeHead(200, { 'content-length': 5, 'content-type': 'text/plain' }).end('hello')
  } else if (req.url === '/api/v1/documents/doc-1/content?version=2&form=searchable-pdf') {
    res.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-')
  } else res.writeHead(502).end('<html>bad gateway</html>')
}

async function answerTus(state: State, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const tus = { 'tus-resumable': '1.0.0' }
  if (req.method === 'POST') {
    const id = randomUUID()
    const [size, metadata] = [Number(req.headers['upload-length']), String(req.headers['upload-metadata'])]
    state.uploads.set(id, { bytes: Buffer.alloc(0), size, metadata, done: false })
    res.writeHead(201, { ...tus, location: `/api/v1/uploads/${id}` }).end()
    return
  }
  const upload = state.uploads.get(req.url?.split('/').at(-1) ?? '')
  if (!upload) return void res.writeHead(404, tus).end()
  const offsets = () => ({ ...tus, 'upload-offset': String(upload.bytes.length), 'upload-length': String(upload.size) })
  if (req.method === 'HEAD') return void res.writeHead(200, { ...offsets(), ...(upload.done ? { 'x-document-id': 'doc-1' } : {}) }).end()
  if (req.method === 'GET') return void res.end(JSON.stringify({ state: 'finished', ...answerFor(upload.size) }))
  await receive(upload, req, state.cutAfter.shift() ?? Infinity)
  if (upload.bytes.length < upload.size) return void res.writeHead(204, offsets()).end()
  upload.done = true
  if (state.loseLastAnswer) throw new Error('the answer is lost')
  res.writeHead(201, { ...offsets(), 'x-document-id': 'doc-1' }).end(JSON.stringify(answerFor(upload.size)))
}

async function receive(upload: { bytes: Buffer }, req: IncomingMessage, cutAfter: number): Promise<void> {
  let got = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    upload.bytes = Buffer.concat([upload.bytes, chunk.subarray(0, Math.max(0, cutAfter - got))])
    got += chunk.length
    if (got >= cutAfter) {
      const socket: Socket = req.socket
      socket.destroy()
      throw new Error('cut')
    }
  }
}
