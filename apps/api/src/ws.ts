import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TRPCError } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import { AppError, logErrorOnce, toAppError, toTrpcError, type Log } from '@intellidocs/kernel'
import type { AppRouter } from '@intellidocs/domain'
import type { Context, CreateContext } from './context.ts'
import { MAX_BATCH } from './calls.ts'
import { mayUpgrade } from './origins.ts'
import type { SocketMeter } from './socket-meter.ts'
import { limitBuffer, limitMessages } from './socket-limits.ts'
import { createSocketWatch } from './socket-watch.ts'
import type { Validity } from './validity.ts'

const PATH = '/trpc'
const MESSAGE_BYTES = 64 * 1024

export type WsDeps = {
  server: Server
  log: Log
  appRouter: AppRouter
  createContext: CreateContext
  validity: Validity
  allowedOrigins: readonly string[]
  meter: SocketMeter
  /** The caller's address behind the trusted proxies. */
  ipOf: (req: IncomingMessage) => string
}
export type WsServer = { readonly clients: () => number; close(): Promise<void> }

/** Refuses an upgrade with a plain HTTP answer. */
function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

/** Null for what is no address: tRPC reads it in the same way, and would throw where nobody catches, which ends the process. */
function pathOf({ url = '', headers }: IncomingMessage): string | null {
  const base = `http://${headers.host ?? 'localhost'}`
  return URL.canParse(url, base) ? new URL(url, base).pathname : null
}

/** tRPC over websockets on the path of tRPC over HTTP. Sockets that read too slowly, say too much or lose their rights are closed. */
export function serveWebsockets(deps: WsDeps): WsServer {
  const { server, log, allowedOrigins } = deps
  const wss = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES, maxFragments: 64, perMessageDeflate: false })
  const watch = createSocketWatch({ validity: deps.validity, log })
  let closing = false

  server.on('upgrade', (req, socket, head) => {
    // An error before the handshake has nobody else to listen to it, and would end the process.
    socket.on('error', () => socket.destroy())
    if (closing) return refuse(socket, '503 Service Unavailable')
    const path = pathOf(req)
    if (path !== PATH) return refuse(socket, path === null ? '400 Bad Request' : '404 Not Found')
    if (!mayUpgrade(req, allowedOrigins)) return refuse(socket, '403 Forbidden')
    wss.handleUpgrade(req, socket, head, (client) => wss.emit('connection', client, req))
  })
  // Before tRPC sees the socket: it must send through the limits.
  wss.on('connection', (socket: WebSocket) => {
    deps.meter(socket)
    limitBuffer(socket)
    limitMessages(socket)
    watch.add(socket)
  })
  applyWSSHandler<AppRouter>({
    wss, router: deps.appRouter, maxBatchSize: MAX_BATCH,
    keepAlive: { enabled: true, pingMs: 25_000, pongWaitMs: 10_000 },
    createContext: async ({ req, res, info }) => {
      const context = await socketContext(deps, { req, params: info.connectionParams, signal: info.signal })
      watch.identified(res, context.credential)
      return context
    },
    onError: ({ error, path, ctx }) => logErrorOnce(log, toSocketError(error), { requestId: ctx?.requestId, path, socket: true }),
  })

  return {
    clients: () => wss.clients.size,
    async close() {
      closing = true
      watch.stop()
      await closeAll(wss)
    },
  }
}

const gone = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

/** Frames against the protocol and lost connections are the other side's doing. Whatever a call or a context threw was mapped before. */
function toSocketError(error: TRPCError): AppError {
  const { cause } = error
  const code = cause !== undefined && !(cause instanceof AppError) && 'code' in cause ? String(cause.code) : ''
  return code.startsWith('WS_ERR_') || gone.has(code) ? new AppError('input.invalid', { cause: error }) : toAppError(error)
}

type Opening = { req: IncomingMessage; params: Record<string, string | undefined> | null; signal: AbortSignal }

async function socketContext({ createContext, ipOf }: WsDeps, { req, params, signal }: Opening): Promise<Context> {
  try {
    return await createContext({
      ip: ipOf(req), headers: req.headers, token: params?.['token'], org: params?.['org'], signal,
      // The handshake is over: nothing can be set any more.
      setCookie: () => undefined,
    })
  } catch (error) {
    throw toTrpcError(error)
  } finally {
    forgetHeaders(req)
  }
}

/** tRPC keeps the request as long as the socket lives, and a caller may have sent 16 KB of headers that nobody reads again. */
function forgetHeaders(req: IncomingMessage): void {
  for (const name of Object.keys(req.headers)) Reflect.deleteProperty(req.headers, name)
  req.rawHeaders = []
}

/** 1012 tells clients to come back; those that do not answer the goodbye in a second are cut. */
async function closeAll(wss: WebSocketServer): Promise<void> {
  const clients = [...wss.clients]
  const gone = Promise.all(clients.map((client) => new Promise<void>((resolve) => { client.once('close', () => resolve()) })))
  for (const client of clients) client.close(1012, 'restarting')
  const cut = setTimeout(() => { for (const client of clients) client.terminate() }, 1000)
  await gone
  clearTimeout(cut)
  await new Promise<void>((resolve) => { wss.close(() => resolve()) })
}
